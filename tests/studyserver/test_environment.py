"""Settings come from the environment; a wrong value names itself and its remedy."""

import os
import re
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from studyserver import environment
from studyserver import settings as module
from studyserver.environment import Environment, kept_secret, read_environment

VARIABLES = sorted(str(field.validation_alias) for field in Environment.model_fields.values())


@pytest.fixture(autouse=True)
def only_a_folder(monkeypatch, tmp_path):
    """Nothing of what the tests run with."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PERCEPTIONIST_DATA_DIR", str(tmp_path / "data"))


@pytest.mark.parametrize(("text", "value"), [("1", True), ("off", False), (" Yes ", True), ("", False)])
def test_switch(text, value, monkeypatch):
    monkeypatch.setenv("PERCEPTIONIST_HTTPS", text)
    assert read_environment().https is value


def test_what_is_unset_or_empty_has_its_default(monkeypatch, tmp_path):
    for name in set(VARIABLES) - {"PERCEPTIONIST_DATA_DIR", "REDIS_URL"}:
        monkeypatch.setenv(name, "")
    found = read_environment()
    assert (found.debug, found.https, found.trusted_origins, found.redis_url) == (False, False, [], "")
    assert found.allowed_hosts == ["127.0.0.1", "localhost", "[::1]"]
    assert found.task_lease_s == 86_400
    assert found.database["NAME"] == str(tmp_path / "data" / "db.sqlite3")
    monkeypatch.delenv("PERCEPTIONIST_DATA_DIR")
    monkeypatch.setenv("PERCEPTIONIST_SECRET_KEY", "s" * 32)  # None is made in the folder of this checkout.
    assert read_environment().data_dir == settings.BASE_DIR / "var"


def test_lists_are_written_with_commas(monkeypatch):
    monkeypatch.setenv("PERCEPTIONIST_ALLOWED_HOSTS", " a.example.org, .example.com ,,[::1],*")
    monkeypatch.setenv("PERCEPTIONIST_TRUSTED_ORIGINS", "https://a.example.org")
    found = read_environment()
    assert found.allowed_hosts == ["a.example.org", ".example.com", "[::1]", "*"]
    assert found.trusted_origins == ["https://a.example.org"]


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379/0", "rediss://:p%40w@h", "redis://h/", "redis+socket:///run/redis.sock"]
)
def test_addresses_of_brokers_stay_as_they_are(url, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f" {url} ")
    assert read_environment().redis_url == url


NO_BROKER = "REDIS_URL is no address of a broker; write it like redis://:password@host:6379/0 or"
NO_DATABASE = "DATABASE_URL names no database; end it with one, as in"
PROXIES = "PERCEPTIONIST_TRUSTED_PROXIES"
HOSTS = "PERCEPTIONIST_ALLOWED_HOSTS"
LEASE = "must be a whole number of at least 60 and at most 31536000, in seconds."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PERCEPTIONIST_DEBUG", "maybe", "PERCEPTIONIST_DEBUG='maybe' is not a switch; set it to 1 or 0."),
        ("PERCEPTIONIST_HTTPS", "2", "PERCEPTIONIST_HTTPS='2' is not a switch; set it to 1 or 0."),
        ("PERCEPTIONIST_TASK_LEASE_S", "ten", f"PERCEPTIONIST_TASK_LEASE_S='ten' {LEASE}"),
        ("PERCEPTIONIST_TASK_LEASE_S", "59", f"PERCEPTIONIST_TASK_LEASE_S='59' {LEASE}"),
        ("PERCEPTIONIST_TASK_LEASE_S", "31536001", f"PERCEPTIONIST_TASK_LEASE_S='31536001' {LEASE}"),
        (HOSTS, "a.org,http://b.org", f"{HOSTS} holds 'http://b.org'; write it like study.example.org, without"),
        (HOSTS, "a.org:8000", f"{HOSTS} holds 'a.org:8000'; write it like study.example.org, without scheme or port."),
        (HOSTS, " , ", f"{HOSTS}=[] names no host; write it like study.example.org,www.example.org"),
        ("PERCEPTIONIST_TRUSTED_ORIGINS", "b.org", "PERCEPTIONIST_TRUSTED_ORIGINS holds 'b.org'; write it like https"),
        (
            PROXIES,
            "10.0.0.1,proxy",
            f"{PROXIES} holds 'proxy' ('proxy' does not appear to be an IPv4 or IPv6 network);",
        ),
        (
            PROXIES,
            "10.0.0.1/8",
            f"{PROXIES} holds '10.0.0.1/8' (10.0.0.1/8 has host bits set); write it like 127.0.0.1",
        ),
        (
            "PERCEPTIONIST_SECRET_KEY",
            "short",
            "PERCEPTIONIST_SECRET_KEY has 5 characters; use at least 32 random ones.",
        ),
        ("DATABASE_URL", "mysql://u:pw@h/d", "DATABASE_URL starts with 'mysql'; it must start with sqlite:// or post"),
        ("DATABASE_URL", "postgres://u:pw@h:five/d", "DATABASE_URL is no address of a database; write it like post"),
        ("DATABASE_URL", "postgres://u:pw@h", NO_DATABASE),
        ("DATABASE_URL", "sqlite://", NO_DATABASE),
        ("REDIS_URL", "amqp://u:pw@h", "REDIS_URL starts with 'amqp'; it must start with redis:// or rediss:// or re"),
        ("REDIS_URL", "redis://u:pw@h:99999/0", NO_BROKER),
        ("REDIS_URL", "redis://u:pw@[::1/0", NO_BROKER),
        ("REDIS_URL", "redis://u:pw@h/zero", NO_BROKER),
        ("REDIS_URL", "redis+socket://", NO_BROKER),
    ],
)
def test_wrong_value_is_named_with_its_remedy(name, value, message, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as error:
        read_environment()
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    assert "pw" not in str(error.value)


def test_all_that_is_wrong_is_told_at_once_a_line_each(monkeypatch, tmp_path):
    wrong = {
        "PERCEPTIONIST_DATA_DIR": "/etc/passwd",
        "PERCEPTIONIST_DEBUG": "maybe",
        "PERCEPTIONIST_ALLOWED_HOSTS": "http://a",
        "DATABASE_URL": "mysql://u:pw@h/d",
        "PERCEPTIONIST_TASK_LEASE_S": "1",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as error:
        read_environment()
    lines = str(error.value).splitlines()
    assert sorted(re.match(r"\w+", line)[0] for line in lines) == sorted(wrong)
    assert lines[0].startswith("PERCEPTIONIST_DATA_DIR is '/etc/passwd', but /etc/passwd is a file; name a folder")


def test_what_holds_secrets_is_not_shown_with_the_rest(monkeypatch):
    monkeypatch.setenv("PERCEPTIONIST_SECRET_KEY", "hidden" * 8)
    monkeypatch.setenv("DATABASE_URL", "postgres://u:hidden@h/d")
    monkeypatch.setenv("REDIS_URL", "redis://:hidden@h")
    assert "hidden" not in repr(read_environment())
    # Django's page about an error lists what is in capitals.
    assert not [name for name, value in vars(module).items() if name.isupper() and isinstance(value, Environment)]


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = read_environment().secret_key
    assert len(first) >= 50
    assert read_environment().secret_key == first
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("secret", ["", "s" * 32])
def test_a_data_folder_that_cannot_be_looked_at_ends_in_no_traceback(secret, monkeypatch, out_of_reach):
    monkeypatch.setenv("PERCEPTIONIST_DATA_DIR", str(out_of_reach / "data"))
    monkeypatch.setenv("PERCEPTIONIST_SECRET_KEY", secret)
    if secret:
        assert read_environment().data_dir == out_of_reach / "data"  # The system check says that it cannot be written.
        return
    message = r"^PERCEPTIONIST_SECRET_KEY is not set, and .*/data/secret_key cannot be used instead \(Permission denied"
    with pytest.raises(ImproperlyConfigured, match=message):
        read_environment()


def test_processes_that_start_together_agree_on_the_secret(tmp_path, monkeypatch):
    file = tmp_path / "secret_key"
    draw = environment.get_random_secret_key

    def draw_while_another_is_faster():
        file.write_text("the other one's")
        return draw()

    monkeypatch.setattr(environment, "get_random_secret_key", draw_while_another_is_faster)
    assert kept_secret(file) == "the other one's"
    assert list(tmp_path.iterdir()) == [file]


def test_secret_that_cannot_be_kept_is_named_with_its_remedy(tmp_path):
    (tmp_path / "data" / "secret_key").mkdir(parents=True)
    message = (
        r"^PERCEPTIONIST_SECRET_KEY is not set, and .*/data/secret_key cannot be used instead \(Is a dir.*Set it, or"
    )
    with pytest.raises(ImproperlyConfigured, match=message):
        read_environment()


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "manage.py", *arguments]
    return subprocess.run(call, env=os.environ | variables, capture_output=True, text=True, check=False, input="")


@pytest.mark.parametrize("command", ["check", "generate_stimuli", "shell", "help"])
def test_every_command_with_a_wrong_value_fails_with_the_message_alone(command, tmp_path):
    done = manage(command, REDIS_URL="localhost:6379", PERCEPTIONIST_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert (
        done.stderr
        == "REDIS_URL starts with 'localhost'; it must start with redis:// or rediss:// or redis+socket://\n"
    )


def test_a_command_tells_all_that_is_wrong(tmp_path):
    done = manage("check", REDIS_URL="localhost", PERCEPTIONIST_DEBUG="maybe", PERCEPTIONIST_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition("=")[0].partition(" ")[0] for line in done.stderr.splitlines()] == [
        "PERCEPTIONIST_DEBUG",
        "REDIS_URL",
    ]


def test_only_the_settings_that_a_call_names_must_be_right(tmp_path):
    (tmp_path / "without_redis.py").write_text(
        "import os\ndel os.environ['REDIS_URL']\nfrom studyserver.settings import *\n"
    )
    options = ("--settings=without_redis", "--pythonpath", str(tmp_path))
    done = manage("help", *options, REDIS_URL="localhost:6379", PERCEPTIONIST_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "simulate_votes" in done.stdout


def test_settings_that_cannot_be_imported_are_named_with_the_remedy():
    done = manage("help", DJANGO_SETTINGS_MODULE="nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The settings 'nowhere' cannot be imported (No module named 'nowhere'). Name a")
    assert done.stderr.count("\n") == 1
