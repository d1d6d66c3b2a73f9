"""What has drifted apart between the folder of media and its rows."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.db.utils import ProgrammingError

from studyserver.studies.checks import media_are_there
from studyserver.studies.media_check import LeftOver, delete_left_over, find_left_over, find_lost
from studyserver.studies.models import Asset
from studyserver.studies.selectors import assets_in_use, studies_showing
from studyserver.studies.services import store_asset
from tests import factories

pytestmark = pytest.mark.django_db
DAY_S = 24 * 3600


def aged_row(asset, seconds=DAY_S + 60):
    """Stored more than a day ago, if nothing else is said."""
    Asset.objects.filter(pk=asset.pk).update(created_at=asset.created_at - timedelta(seconds=seconds))
    asset.refresh_from_db()
    aged(asset.path, seconds)
    return asset


def aged(path, seconds=DAY_S + 60):
    os.utime(path, (time.time() - seconds,) * 2)
    return path


@pytest.fixture
def study():
    return factories.study(questions=1)


def partial_of(settings):
    path = settings.MEDIA_ROOT / ".part-abc"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    return path


def test_only_files_that_differ_from_their_rows_are_lost(study):
    assets = list(Asset.objects.all())
    assets[1].path.unlink()
    assets[2].path.write_bytes(bytes(assets[2].size_bytes))
    steps = []
    found = find_lost(assets, progress=lambda *step: steps.append(step))
    assert [(each.asset, each.state) for each in found] == [(assets[1], "missing"), (assets[2], "changed")]
    assert steps == [(done, len(assets)) for done in range(1, len(assets) + 1)]


def test_files_of_a_study_are_in_use_and_one_that_nothing_refers_to_is_not(study):
    alone = store_asset(b"alone", media_type="image/webp")
    assert set(Asset.objects.all()) - set(assets_in_use()) == {alone}
    picture = study.sections.first().questions.first().reference
    assert list(studies_showing(picture)) == [study]
    assert list(studies_showing(alone)) == []


def test_left_over_are_old_files_without_a_row_and_old_rows_that_nothing_refers_to(study, settings):
    row = aged_row(store_asset(b"of a draft", media_type="image/webp"))
    partial = aged(partial_of(settings))
    misplaced = settings.MEDIA_ROOT / row.sha256
    misplaced.write_bytes(b"of a draft")
    aged(misplaced)
    found = find_left_over()
    assert (found.files, found.rows) == ({misplaced: 10, partial: 4}, (row,))
    assert found.size_bytes == 4 + 10 + 10


def test_what_is_younger_than_a_day_may_belong_to_a_study_that_is_being_filled(study, settings):
    aged_row(store_asset(b"of a draft", media_type="image/webp"), DAY_S - 60)
    aged(partial_of(settings), DAY_S - 60)
    found = find_left_over()
    assert (found.files, found.rows) == ({}, ())


def test_deleting_what_is_left_over_leaves_every_file_of_the_study(study, settings):
    used = {asset.path for asset in Asset.objects.all()}
    row = aged_row(store_asset(b"of a draft", media_type="image/webp"))
    partial = aged(partial_of(settings))
    delete_left_over(find_left_over())
    assert not partial.exists()
    assert not row.path.exists()
    assert not Asset.objects.filter(pk=row.pk).exists()
    assert {path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()} == used


def test_row_that_is_referred_to_by_the_time_it_would_be_deleted_stays_with_its_file(study):
    row = aged_row(store_asset(b"of a draft", media_type="image/webp"))
    found = find_left_over()
    study.sections.first().questions.update(reference=row)
    assert delete_left_over(found).rows == ()
    assert row.path.read_bytes() == b"of a draft"
    assert Asset.objects.filter(pk=row.pk).exists()


def test_row_that_comes_to_be_referred_to_while_it_is_deleted_stays_with_its_file(study):
    row = aged_row(store_asset(b"of a draft", media_type="image/webp"))
    found = find_left_over()
    questions = study.sections.first().questions

    def refer_after_the_first(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "NOT" in sql and not questions.filter(reference=row).exists():
            questions.update(reference=row)
        return result

    with connection.execute_wrapper(refer_after_the_first):
        assert delete_left_over(found).rows == ()
    assert row.path.read_bytes() == b"of a draft"
    assert Asset.objects.filter(pk=row.pk).exists()


def test_unused_content_that_is_stored_again_is_left_over_no_more():
    row = aged_row(store_asset(b"of a draft", media_type="image/webp"))
    found = find_left_over()
    assert found.rows == (row,)
    assert store_asset(b"of a draft", media_type="image/webp") == row
    assert find_left_over().rows == ()
    assert delete_left_over(found) == LeftOver({}, ())
    assert row.path.read_bytes() == b"of a draft"
    assert Asset.objects.filter(pk=row.pk).exists()


def test_file_that_gets_its_row_by_the_time_it_would_be_deleted_stays():
    row = store_asset(b"of a draft", media_type="image/webp")
    row.delete()
    found = find_left_over()
    assert found.files == {}
    aged(row.path)
    found = find_left_over()
    assert found.files == {row.path: 10}
    stored = store_asset(b"of a draft", media_type="image/webp")
    assert delete_left_over(found) == LeftOver({}, ())
    aged(stored.path)
    assert delete_left_over(found) == LeftOver({}, ())
    assert stored.path.read_bytes() == b"of a draft"


def test_partial_file_that_vanishes_while_it_is_looked_at_is_none(settings, monkeypatch):
    path = aged(partial_of(settings))

    def listed_then_gone(folder, pattern):
        yield path
        path.unlink()

    monkeypatch.setattr(Path, "rglob", listed_then_gone)
    assert find_left_over() == LeftOver({}, ())


def test_deploy_check_names_how_many_files_are_missing_and_the_command(study):
    assert media_are_there() == []
    first, second = Asset.objects.all()[:2]
    first.path.unlink()
    second.path.write_bytes(b"half")
    (error,) = media_are_there()
    assert error.id == "perceptionist.E004"
    assert error.msg.startswith("2 files that participants fetch are missing or of another size, such as ")
    assert error.hint == "See which, and what to do: manage.py check_media"
    assert "perceptionist.E004" in [each.id for each in run_checks(include_deployment_checks=True)]
    assert "perceptionist.E004" not in [each.id for each in run_checks()]


def test_deploy_check_does_not_mind_a_row_that_nothing_refers_to(study):
    store_asset(b"alone", media_type="image/webp").path.unlink()
    assert media_are_there() == []


def test_deploy_check_is_silent_before_the_first_migration():
    def refuse(execute, sql, params, many, context):
        raise ProgrammingError('relation "studies_asset" does not exist')

    with connection.execute_wrapper(refuse):
        assert media_are_there() == []
