"""Files and their rows: what is missing, cut short or changed is known before somebody asks for it."""

import os

import pytest

from studyserver.studies.media import MediaState, full_state, open_media, quick_state
from studyserver.studies.models import Asset
from studyserver.studies.selectors import assets_of
from studyserver.studies.services import store_asset
from tests import factories

pytestmark = pytest.mark.django_db


def remove(asset):
    asset.path.unlink()


def cut(asset):
    os.truncate(asset.path, 3)


def empty(asset):
    os.truncate(asset.path, 0)


def exchange(asset):
    asset.path.write_bytes(b"FACE")


def replace_by_folder(asset):
    asset.path.unlink()
    asset.path.mkdir()


@pytest.fixture
def stored():
    return store_asset(b"face", media_type="image/webp")


def test_file_as_it_was_stored_is_intact_and_opened(stored):
    assert (quick_state(stored), full_state(stored)) == (MediaState.INTACT, MediaState.INTACT)
    with open_media(stored) as file:
        assert file.read() == b"face"


@pytest.mark.parametrize(
    ("damage", "quick", "full"),
    [
        (remove, "missing", "missing"),
        (cut, "of another size", "of another size"),
        (empty, "of another size", "of another size"),
        (exchange, "intact", "changed"),
    ],
)
def test_damage_is_known_by_the_size_or_by_the_content(stored, damage, quick, full):
    damage(stored)
    assert (quick_state(stored), full_state(stored)) == (quick, full)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(remove, "No such file"), (cut, "3 bytes instead of 4"), (replace_by_folder, "Is a directory")],
)
def test_file_that_cannot_be_shown_is_logged_for_the_operator_with_its_row_and_place(stored, damage, reason, caplog):
    damage(stored)
    assert open_media(stored) is None
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    for told in (str(stored.pk), str(stored.path), reason, "manage.py check_media"):
        assert told in record.getMessage()


@pytest.mark.parametrize("damage", [remove, cut, empty, exchange])
def test_storing_the_same_content_again_mends_the_file_and_makes_no_second_row(stored, damage):
    damage(stored)
    assert store_asset(b"face", media_type="image/webp") == stored
    assert stored.path.read_bytes() == b"face"
    assert Asset.objects.count() == 1


def test_storing_again_leaves_an_intact_file_in_its_place_and_notes_its_use(stored):
    os.utime(stored.path, (1, 1))
    before = stored.path.stat()
    store_asset(b"face", media_type="image/webp")
    assert stored.path.stat().st_ino == before.st_ino
    assert stored.path.stat().st_mtime > before.st_mtime


def test_assets_of_a_study_are_those_that_its_questions_show_and_no_others():
    study, other = factories.study("faces", questions=1), factories.study("other", questions=1)
    store_asset(b"left over", media_type="image/webp")
    # Three references; image, mesh with stills, and both, for two methods.
    assert assets_of(study).count() == 3 + 2 * (1 + 2 + 3)
    assert not assets_of(study).filter(pk__in=assets_of(other)).exists()
