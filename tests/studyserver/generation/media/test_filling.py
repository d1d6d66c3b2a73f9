"""From predictions to a filled study: every file once, all questions at once, nothing on a study with votes."""

import io
import json

import numpy as np
import pytest
import trimesh
from PIL import Image

from studyserver.generation.exceptions import MediaDiffer
from studyserver.generation.media.comparisons import SECTIONS, plan_questions
from studyserver.generation.media.filling import (
    MEDIA_TYPES,
    FilledQuestion,
    MadeQuestion,
    Provenance,
    PublicQuestion,
    as_published,
    fill_study,
    publish,
    store_questions,
)
from studyserver.generation.media.maker import MediaMaker
from studyserver.generation.media.padding import PADDING_BYTES
from studyserver.generation.media.predictions import Predictions
from studyserver.generation.media.shelf import MediaShelf
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.freezing import freeze_study
from studyserver.studies.models import Asset, Condition, Question, Stimulus, Study
from studyserver.survey.models import Participation
from studyserver.survey.previews import skip_ahead, start_preview
from tests import factories

pytestmark = pytest.mark.django_db

FACE = np.s_[48:208, 80:176]  # The middle of a picture of 256 pixels, within its oval.
BALL = trimesh.creation.icosphere(subdivisions=1, radius=80)
PROVENANCE = {
    slug: Provenance(run="smoke-1", checkpoint_sha256=letter * 64, seed=7, code_revision="abc")
    for slug, letter in (("base-2", "b"), ("cmp-unsupervised", "c"))
}


def predictions(seed: int, people: int = 30) -> Predictions:
    rng = np.random.default_rng(seed)
    return Predictions(
        identities=tuple(f"Ada_{i:02}" for i in range(people)),
        utterances=tuple(f"fbank/id{i:05}/v/00001" for i in range(people)),
        # One grey per picture with one bright corner: enough to tell pictures apart, quick to compress.
        images=np.stack(
            [
                np.pad(np.full((4, 4, 3), 250), ((0, 60), (0, 60), (0, 0)), constant_values=seed * 40 + i)
                for i in range(people)
            ]
        ).astype(np.uint8),
        shapes=rng.normal(size=(people, 40)).astype(np.float32),
        expressions=rng.normal(size=(people, 10)).astype(np.float32),
    )


class Counting:
    """A morphable model of one ball, which counts how often it is asked."""

    def __init__(self) -> None:
        self.meshes = 0

    def mesh_of(self, shape, expression):
        self.meshes += 1
        return (BALL.vertices * (1 + 0.01 * shape[0])).astype(np.float32), BALL.faces

    def turntable(self, vertices, faces):
        return [np.full((8, 8, 3), 20 * frame, np.uint8) for frame in range(12)]


def maker(folder, model: Counting) -> MediaMaker:
    return MediaMaker(MediaShelf(folder), topology="ball", mesh_of=model.mesh_of, turntable=model.turntable)


def published(tmp_path, media: MediaMaker, *, cmp_seed: int = 2) -> list[PublicQuestion]:
    made = {"base-2": predictions(1), "cmp-unsupervised": predictions(cmp_seed)}
    picture = tmp_path / "reference.jpg"
    Image.new("RGB", (200, 300), "orange").save(picture)
    return as_published(
        [
            MadeQuestion(plan, media.reference(picture), {slug: media.faces(plan, each) for slug, each in made.items()})
            for plan in plan_questions(made["base-2"].recordings, seed=7)
        ]
    )


def filled(tmp_path, media: MediaMaker) -> list[FilledQuestion]:
    return store_questions(published(tmp_path, media))


@pytest.fixture
def draft() -> Study:
    study = Study.objects.create(slug="faces", title="Faces", organizer="Lab", contact="lab@example.org", seed=7)
    Condition.objects.create(study=study, slug="cmp-unsupervised", role=Condition.Role.OURS)
    Condition.objects.create(study=study, slug="base-2", role=Condition.Role.BASELINE)
    return study


def test_filled_study_is_open_with_thirty_questions_in_the_words_of_the_paper(draft, tmp_path):
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", Counting())), provenance=PROVENANCE)
    draft.refresh_from_db()
    assert draft.state == "open"
    assert [(s.medium, s.prompt, s.questions.count()) for s in draft.sections.all()] == [
        (planned.medium, planned.prompt, 10) for planned in SECTIONS
    ]
    assert Question.objects.filter(section__study=draft).values("identity").distinct().count() == 30


def test_each_section_shows_its_media_and_nothing_else(draft, tmp_path):
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", Counting())), provenance=PROVENANCE)
    shown = {
        (s.question.section.medium, s.image is not None, s.mesh is not None, s.turntable is not None)
        for s in Stimulus.objects.all()
    }
    assert shown == {("image", True, False, False), ("mesh", False, True, True), ("joint", True, True, True)}


def test_numbers_of_stimuli_do_not_follow_the_method(draft, tmp_path):
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", Counting())), provenance=PROVENANCE)
    firsts = {question.stimuli.earliest("pk").condition.slug for question in Question.objects.all()}
    assert firsts == {"base-2", "cmp-unsupervised"}  # Chance would spare one of them once in 2^29 runs.


def test_stimulus_leads_back_to_the_weights_of_its_own_condition(draft, tmp_path):
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", Counting())), provenance=PROVENANCE)
    stored = set(Stimulus.objects.values_list("condition__slug", "run", "checkpoint_sha256", "seed", "code_revision"))
    assert stored == {
        ("base-2", "smoke-1", "b" * 64, 7, "abc"),
        ("cmp-unsupervised", "smoke-1", "c" * 64, 7, "abc"),
    }


def test_image_of_a_stimulus_is_the_prediction_for_its_recording(draft, tmp_path):
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", Counting())), provenance=PROVENANCE)
    made = predictions(2)
    for stimulus in Stimulus.objects.filter(condition__slug="cmp-unsupervised", image__isnull=False)[:3]:
        row = made.identities.index(stimulus.question.identity)
        shown = Image.open(io.BytesIO(stimulus.image.path.read_bytes()))
        expected = Image.fromarray(made.images[row]).resize((256, 256), Image.Resampling.BICUBIC)
        assert np.array_equal(np.asarray(shown)[FACE], np.asarray(expected)[FACE])


def test_a_study_frozen_for_votes_that_are_deleted_is_filled_anew(draft, tmp_path):
    media = filled(tmp_path, maker(tmp_path / "shelf", Counting()))
    fill_study(study=draft, filled=media, provenance=PROVENANCE)
    freeze_study(study=draft)  # As its first vote did; an older version left it frozen when that was deleted.
    fill_study(study=draft, filled=media, provenance=PROVENANCE)
    draft.refresh_from_db()
    assert (draft.frozen_at, draft.registration, draft.superseded_registrations.count()) == (None, None, 1)
    assert list(draft.audit_entries.values_list("action", flat=True)) == ["opened", "unfrozen"]


def test_second_call_makes_no_file_and_no_second_question(draft, tmp_path):
    model = Counting()
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", model)), provenance=PROVENANCE)
    meshes, assets = model.meshes, Asset.objects.count()
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", model)), provenance=PROVENANCE)
    assert (model.meshes, Asset.objects.count()) == (meshes, assets) == (40, assets)
    assert Question.objects.count() == 30


def test_file_that_has_gone_is_made_again(tmp_path):
    model = Counting()
    plan = plan_questions(predictions(1).recordings, seed=7)[10]
    first = maker(tmp_path / "shelf", model).faces(plan, predictions(1))
    first["mesh"].unlink()
    again = maker(tmp_path / "shelf", model).faces(plan, predictions(1))
    assert again["mesh"].exists()
    assert (again["mesh"], model.meshes) == (first["mesh"], 2)


def test_files_that_are_compared_have_one_size_however_well_they_compress(draft, tmp_path):
    made = filled(tmp_path, maker(tmp_path / "shelf", Counting()))
    raw = {kind: {path.stat().st_size for path in (tmp_path / "shelf").glob(f"*.{kind}")} for kind in MEDIA_TYPES}
    for kind in ("image", "mesh", "turntable"):
        stored = {shown[kind].path.stat().st_size for each in made for shown in each.media.values() if kind in shown}
        assert stored == {max(raw[kind]) + PADDING_BYTES}
    assert min(raw["image"]) < max(raw["image"])  # Or this test would show nothing.


def test_full_disk_leaves_no_file_and_no_note_behind(tmp_path, settings, monkeypatch):
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    plan = plan_questions(predictions(1).recordings, seed=7)[0]
    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        maker(tmp_path / "shelf", Counting()).faces(plan, predictions(1))
    left = [
        path for folder in (tmp_path / "shelf", settings.MEDIA_ROOT) for path in folder.rglob("*") if path.is_file()
    ]
    assert left == []


def test_study_with_a_vote_keeps_its_questions(tmp_path):
    study = factories.study()
    factories.freeze(study)
    before = list(Question.objects.values_list("pk", flat=True))
    with pytest.raises(StudyFrozen, match="'faces' has votes"):
        fill_study(study=study, filled=filled(tmp_path, maker(tmp_path / "shelf", Counting())), provenance=PROVENANCE)
    assert list(Question.objects.values_list("pk", flat=True)) == before


def test_a_preview_neither_fixes_the_stimuli_nor_outlives_them(tmp_path, draft):
    files = published(tmp_path, maker(tmp_path / "shelf", Counting()))
    publish(study=draft, published=files, provenance=PROVENANCE)
    skip_ahead(preview=start_preview(study=draft), to_end=True)
    before = set(Question.objects.values_list("pk", flat=True))
    publish(study=draft, published=files, provenance=PROVENANCE)
    assert before.isdisjoint(Question.objects.values_list("pk", flat=True))
    assert not Participation.objects.exists()
    assert Study.objects.get().state == Study.State.OPEN


@pytest.fixture
def voted(draft, tmp_path) -> Study:
    """A study that was filled and has a vote."""
    media = maker(tmp_path / "shelf", Counting())
    publish(study=draft, published=published(tmp_path, media), provenance=PROVENANCE)
    factories.freeze(draft)
    return Study.objects.get()


def test_study_with_a_vote_gets_its_missing_files_back_byte_for_byte_and_nothing_else(voted, tmp_path):
    contents = {asset.path: asset.path.read_bytes() for asset in Asset.objects.all()}
    before = list(Question.objects.values()), list(Stimulus.objects.values()), list(Asset.objects.values())
    gone, cut, *_ = contents
    gone.unlink()
    cut.write_bytes(b"half")
    # On another machine, which has none of the files that were made before.
    other = maker(tmp_path / "another shelf", Counting())
    publish(study=voted, published=published(tmp_path, other), provenance=PROVENANCE)
    assert {path: path.read_bytes() for path in contents} == contents
    assert (list(Question.objects.values()), list(Stimulus.objects.values()), list(Asset.objects.values())) == before


def test_study_with_a_vote_takes_no_other_files_and_none_is_stored(voted, tmp_path, settings):
    before = {path: path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}
    other = published(tmp_path, maker(tmp_path / "shelf", Counting()), cmp_seed=3)
    with pytest.raises(MediaDiffer, match=r"'faces' is fixed, .* made now from .* is none of its files.*Nothing was"):
        publish(study=voted, published=other, provenance=PROVENANCE)
    assert {path: path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()} == before
    assert Asset.objects.count() == len(before)


def test_failure_half_way_leaves_the_former_questions(tmp_path, draft):
    fill_study(study=draft, filled=filled(tmp_path, maker(tmp_path / "shelf", Counting())), provenance=PROVENANCE)
    before = list(Question.objects.values_list("pk", flat=True))
    incomplete = filled(tmp_path, maker(tmp_path / "shelf", Counting()))
    incomplete[17].media.pop("base-2")
    with pytest.raises(KeyError):
        fill_study(study=draft, filled=incomplete, provenance=PROVENANCE)
    assert list(Question.objects.values_list("pk", flat=True)) == before


def test_reference_is_the_central_square_at_the_size_of_the_predictions(tmp_path):
    picture = tmp_path / "reference.png"
    pixels = np.zeros((300, 200, 3), np.uint8)
    pixels[50:250] = 200  # the central square is all light
    Image.fromarray(pixels).save(picture)
    made = maker(tmp_path / "shelf", Counting()).reference(picture)
    shown = np.asarray(Image.open(io.BytesIO(made.read_bytes())))
    assert shown.shape == (256, 256, 3)
    assert (shown[16:240, 112:144] == 200).all()  # From top to bottom of the oval.


def test_listing_names_the_person_and_the_hashes_for_researchers(tmp_path):
    listing = filled(tmp_path, maker(tmp_path / "shelf", Counting()))[10].listing()
    assert json.loads(json.dumps(listing))["media"]["base-2"].keys() == {"mesh", "turntable"}
    assert (listing["section"], listing["number"]) == (2, 1)


def test_predictions_survive_the_disk(tmp_path):
    made = predictions(1)
    made.save(tmp_path / "runs" / "base-2.npz")
    read = Predictions.load(tmp_path / "runs" / "base-2.npz")
    assert (read.identities, read.utterances) == (made.identities, made.utterances)
    assert np.array_equal(read.images, made.images)
    assert np.array_equal(read.shapes, made.shapes)
    assert np.array_equal(read.expressions, made.expressions)
