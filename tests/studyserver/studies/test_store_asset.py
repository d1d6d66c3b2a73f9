"""Files behind stimuli: stored once, whole, under addresses that tell nothing."""

import pytest
from django.db import connection

from studyserver.studies.models import Asset
from studyserver.studies.services import store_asset

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def test_same_content_is_stored_once():
    first = store_asset(b"face", media_type="image/webp")
    assert store_asset(b"face", media_type="image/webp") == first
    assert Asset.objects.count() == 1
    assert first.path.read_bytes() == b"face"


def test_content_that_is_tidied_up_while_it_is_stored_is_there_afterwards():
    first = store_asset(b"face", media_type="image/webp")

    def tidy_up(execute, sql, params, many, context):
        if sql.startswith("SELECT"):
            first.path.unlink(missing_ok=True)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(tidy_up):
        stored = store_asset(b"face", media_type="image/webp")
    assert stored.path.read_bytes() == b"face"


def test_address_is_not_derived_from_the_content():
    asset = store_asset(b"face", media_type="image/webp")
    assert asset.sha256[:8] not in str(asset.pk)


def test_full_disk_leaves_neither_file_nor_row(settings, monkeypatch):
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        store_asset(b"face", media_type="image/webp")
    assert Asset.objects.count() == 0
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
