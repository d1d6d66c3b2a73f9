"""Each part installed by itself: it has what it asks for, works, and says which extra another part wants."""

import json

import pytest

from evaluation import __version__
from tests.installation import ROOT, Environment, build_wheel, write_votes

pytestmark = pytest.mark.xdist_group("installation")

ABSENT = "import importlib.util, sys; print([name for name in sys.argv[1:] if importlib.util.find_spec(name)])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def statistics_alone(wheel, tmp_path_factory):
    made = Environment(tmp_path_factory.mktemp("statistics") / "venv")
    made.install(wheel)
    return made


@pytest.fixture(scope="module")
def web_host(wheel, tmp_path_factory):
    made = Environment(tmp_path_factory.mktemp("server") / "venv")
    made.install(wheel, extras=["server"])
    return made


def test_the_wheel_is_named_by_the_one_version(wheel):
    assert wheel.name == f"perceptionist-{__version__}-py3-none-any.whl"


def test_statistics_alone_run_without_django_and_torch(statistics_alone, tmp_path):
    votes = write_votes(tmp_path / "votes.csv")
    for_other_parts = ("django", "torch", "celery", "matplotlib", "PIL", "pydantic")
    found = statistics_alone.run("-c", ABSENT, "numpy", *for_other_parts, folder=tmp_path)
    assert (found.stdout, found.stderr) == ("['numpy']\n", "")
    done = statistics_alone.run("-m", "evaluation", str(votes), "--format", "json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (section,) = json.loads(done.stdout)["sections"]
    assert section


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("-c", "import studyserver"), ".[server]"),
        ((str(ROOT / "manage.py"), "check"), ".[server]"),
        (("-m", "cmp_engine", "--help"), "[engine]"),
    ],
)
def test_a_part_without_its_packages_names_the_extra(words, extra, statistics_alone, tmp_path):
    done = statistics_alone.run(*words, folder=tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "is not installed" in last
    assert "pip install" in last
    assert extra in last
    if words[0] != "-c":
        assert "Traceback" not in done.stderr


def test_a_web_host_has_no_torch_and_shows_survey_and_report(web_host, tmp_path):
    found = web_host.run("-c", ABSENT, "django", "torch", "soundfile", "webrtcvad", folder=tmp_path)
    assert (found.stdout, found.stderr) == ("['django']\n", "")
    variables = {"PERCEPTIONIST_DATA_DIR": str(tmp_path / "data"), "PERCEPTIONIST_DEBUG": "1"}

    def manage(*words):
        done = web_host.run("manage.py", *words, folder=ROOT, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "no issues" in manage("check")
    manage("migrate", "--verbosity", "0")
    manage("shell", "--no-imports", "-c", "from tests import factories; factories.study(questions=2)")
    page = "from django.test import Client; print(Client().get('/s/faces/', headers={'host': 'localhost'}).status_code)"
    assert manage("shell", "--no-imports", "-c", page) == "200\n"
    manage("simulate_votes", "faces", "--participants", "12", "--seed", "1")
    for kind in ("html", "pdf"):
        manage("export_report", "faces", "--rehearsal", "--format", kind, "--out", str(tmp_path / f"report.{kind}"))
        assert (tmp_path / f"report.{kind}").stat().st_size > 10_000


@pytest.mark.parametrize(
    "command",
    [
        ("simulate_dataset", "--out", "simulated", "--identities", "6"),
        ("generate_stimuli", "new", "--profile", "smoke"),
    ],
)
def test_commands_of_the_engine_on_a_web_host_name_the_extra(command, web_host, tmp_path):
    variables = {"PERCEPTIONIST_DATA_DIR": str(tmp_path / "data"), "PERCEPTIONIST_DEBUG": "1"}
    assert web_host.run("manage.py", "migrate", "--verbosity", "0", folder=ROOT, **variables).returncode == 0
    done = web_host.run("manage.py", *command, folder=ROOT, **variables)
    assert done.returncode == 1
    assert "is not installed here, and this needs the engine" in done.stderr
    assert "pip install -e '.[server,engine]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (ROOT / "simulated").exists()


def test_a_worker_without_the_engine_does_not_start(web_host, tmp_path):
    variables = {"PERCEPTIONIST_DATA_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:9/0"}
    done = web_host.run("-m", "celery", "-A", "studyserver", "worker", folder=ROOT, **variables)
    assert done.returncode == 1
    assert "torch is not installed here, and a worker needs the engine" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_no_checkout_says_so(web_host, tmp_path):
    done = web_host.run("-c", "import studyserver.settings", folder=tmp_path)
    assert done.returncode == 1
    assert "is no checkout" in done.stderr.splitlines()[-1]
    assert "pip install -e '.[server]'" in done.stderr.splitlines()[-1]
