"""Every error a user can cause ends with one sentence: the value and the remedy; nothing is left behind."""

import resource

import pytest
from django.core.management import CommandError, call_command

from studyserver.generation import services
from studyserver.generation.deciding.drafts import draft_of, make_study
from studyserver.generation.deciding.planned import StimuliRequest
from studyserver.generation.models import GenerationJob
from studyserver.generation.running.jobs import JobFailed
from studyserver.generation.watching.following import run_here
from studyserver.studies.models import Question, Stimulus, Study
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_votes():
    """A study made by an earlier call, which has votes, and whose stimuli would have to be made again."""
    study = factories.study("voted", questions=1)
    Stimulus.objects.filter(question__section__study=study).delete()
    values = {"run": "smoke-1", "dataset": "/data", "profile": "smoke", "device": "cpu", "state": "ready"}
    GenerationJob.objects.create(study=study, stage="stimuli", fingerprint="earlier", **values)
    factories.freeze(study)
    return study


@pytest.fixture
def filled():
    """An open study that an earlier call filled from another data set."""
    study = factories.study("filled", questions=1)
    Stimulus.objects.filter(question__section__study=study).update(run="other")
    values = {"run": "other", "dataset": "/data", "profile": "demo", "device": "cpu", "state": "ready"}
    GenerationJob.objects.create(study=study, stage="stimuli", fingerprint="earlier", **values)
    return study


@pytest.fixture
def places(tmp_path, small_dataset):
    """Folders and files that are wrong in one way each."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "notes.txt").write_text("no recording")
    (tmp_path / "unreferenced").mkdir()
    for part in small_dataset.iterdir():
        if part.name != "A2E_val":
            (tmp_path / "unreferenced" / part.name).symlink_to(part)
    (tmp_path / "own.toml").write_text("sed = 1\n")
    return {"tmp": tmp_path, "data": small_dataset}


GENERATE = "generate_stimuli"
FACE = "voice_to_face"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ([GENERATE, "x", "--dataset", "{tmp}/none"], r"/none.*manage.py simulate_dataset --out DIR"),
        ([GENERATE, "x", "--dataset", "{tmp}/empty"], r"/empty.*manage.py simulate_dataset --out DIR"),
        (
            [GENERATE, "x", "--dataset", "{tmp}/unreferenced"],
            r"no test people .* with a reference in A2E_val/",
        ),
        ([GENERATE, "x", "--profile", "huge"], r"unknown profile 'huge'; known are smoke, demo, paper"),
        ([GENERATE, "x", "--profile", "{tmp}/own.toml"], r"unknown key 'sed'; known here are seed"),
        ([GENERATE, "x", "--conditions", "base-2,cmp-3"], r"unknown condition 'cmp-3'; known are base-1"),
        ([GENERATE, "x", "--conditions", "base-2"], r"two different conditions, got 'base-2'"),
        ([GENERATE, "x", "--conditions", "base-2,base-2"], r"two different conditions, got 'base-2, base-2'"),
        ([GENERATE, "x", "--conditions", "base-2,cmp-supervised"], r"makes no face image.*Name it third"),
        (
            [GENERATE, "x", "--conditions", "base-1,base-2"],
            r"base-1 and base-2 show the same face image, as stage speech-to-image .*Name the second baseline third",
        ),
        ([GENERATE, "x", "--device", "tpu"], r"unknown device 'tpu'; use cpu, cuda or auto"),
        ([GENERATE, "x", "--device", "cuda:99"], r"device 'cuda:99' asked for, but PyTorch finds \d+; use cpu or auto"),
        ([GENERATE, "No Such/Study"], r"'No Such/Study' cannot be the name of a study"),
        ([GENERATE, "base-2-or-cmp"], r"slug: .*names a compared method \(base-2\), and participants read it.*Choose"),
        ([GENERATE, "x", "--title", "Is CMP-Unsupervised better?"], r"title: .*names .* \(cmp-unsupervised\)"),
        ([GENERATE, "x", "--contact", ""], r"The study's contact: This field cannot be blank"),
        ([GENERATE, "x", "--organizer", "L" * 201], r"The study's organizer: .* at most 200 characters"),
        ([GENERATE, "x", "--voices", "{tmp}/none"], r"There is no folder .*/none"),
        ([GENERATE, "x", "--voices", "{tmp}/texts"], r"/texts holds no recordings; known are .*\.wav"),
        ([GENERATE, "filled"], r"'filled' was filled by run other from /data with profile demo.*choose another name"),
        ([GENERATE, "voted"], r"'voted' has votes.*Make a new study"),
        ([GENERATE, "voted", "--conditions", "cmp-unsupervised,base-9"], r"unknown condition 'base-9'"),
        (
            [FACE, "{tmp}/texts/notes.txt", "--out", "{tmp}/out"],
            r"no trained run of cmp-unsupervised yet.*generate_stimuli",
        ),
        ([FACE, "{tmp}/texts/notes.txt", "--out", "{tmp}/out", "--condition", "cmp-9"], r"unknown condition 'cmp-9'"),
        ([FACE, "{tmp}/none.wav", "--out", "{tmp}/out"], r"There is no file .*/none\.wav\. Name a recording"),
        ([FACE, "{tmp}/texts/notes.txt", "--out", "{tmp}/own.toml"], r"own\.toml is a file, .*Name a folder"),
        ([FACE, "{tmp}/texts", "--out", "{tmp}/out"], r"is a folder.*: manage\.py generate_stimuli --voices .*/texts$"),
    ],
    ids=lambda value: " ".join(value).replace("{tmp}/", "") if isinstance(value, list) else "",
)
def test_mistake_is_named_with_its_remedy_and_leaves_nothing(call, message, places, with_votes, filled, settings):
    studies, questions = list(Study.objects.values_list("slug", flat=True)), Question.objects.count()
    given = [part.format(**places) for part in call]
    if given[0] == GENERATE and "--profile" not in given:
        given += ["--profile", "smoke"]
    with pytest.raises(CommandError, match=message):
        call_command(*given)
    assert list(Study.objects.values_list("slug", flat=True)) == studies
    assert (Question.objects.count(), GenerationJob.objects.count()) == (questions, 2)
    assert not settings.RUNS_DIR.exists()
    assert not (places["tmp"] / "out").exists()


def test_wording_given_for_a_new_study_replaces_the_placeholders():
    wording = {"organizer": "Face Lab", "contact": "lab@example.org"}
    made = make_study(draft_of(slug="named", wording=wording), compared=("base-2", "cmp-unsupervised"))
    assert (made.title, made.organizer, made.contact) == ("Faces and their shapes", *wording.values())
    assert made.placeholders == []
    half = make_study(draft_of(slug="half", wording={"organizer": "Lab"}), compared=("base-2", "cmp-unsupervised"))
    assert half.placeholders == ["contact"]


def test_study_of_other_conditions_or_of_other_origin_is_left_alone():
    factories.study("imported", questions=1)
    with pytest.raises(CommandError, match="'imported' were not made here; choose another name"):
        call_command(GENERATE, "imported", "--profile", "smoke")
    Study.objects.create(slug="draft", title="T", organizer="L", contact="c", seed=1)
    with pytest.raises(CommandError, match=r"'draft' compares nothing\. Choose another name"):
        call_command(GENERATE, "draft", "--profile", "smoke")


@pytest.fixture
def small_files_only():
    """No file may grow beyond 60 kB meanwhile: to the writer this is a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_leaves_nothing_half_written_and_the_next_call_goes_on(settings, small_dataset, small_files_only):
    request = StimuliRequest(small_dataset, "smoke", ("base-2", "cmp-unsupervised"), "cpu")
    study = make_study(draft_of(slug="full", wording={}), compared=request.compared)
    made = services.request_stimuli(study=study, request=request)
    stimuli = next(job for job in made if job.stage == "stimuli")
    shown = {"show": lambda *_: None, "on_wait": lambda _: None}
    run_here([job for job in made if job.pk < stimuli.pk], **shown)
    small_files_only()
    with pytest.raises(JobFailed, match=r"File too large.*Free some space.*call again"):
        run_here([stimuli], **shown)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert Question.objects.count() == 0
    kept = list(settings.RUNS_DIR.glob("*/media/*"))
    assert kept
    assert not [path for path in kept if path.name.startswith(".part-") or path.stat().st_size > 60_000]
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    study.refresh_from_db()
    assert study.state == "draft"
    assert [job.state for job in services.request_stimuli(study=study, request=request)][-2:] == ["queued", "queued"]
