"""``check_media``: what is missing or changed is named with its remedy, and following the remedy mends it."""

import os
import time

import pytest
from django.core.management import CommandError, call_command

from studyserver.generation.deciding.repetition import call_that_filled
from studyserver.generation.models import GenerationJob
from studyserver.studies.models import Asset, Stimulus
from studyserver.studies.services import store_asset
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return factories.study(questions=1)


def check(capsys, *arguments, **options) -> str:
    call_command("check_media", *arguments, **options)
    return capsys.readouterr().out


def filled_by(study, **values):
    """The last stage of the call that filled a study."""
    values = {"run": "demo-1", "profile": "demo", "dataset": "/data/people", "device": "cpu", "state": "ready"} | values
    GenerationJob.objects.create(
        study=study, stage="ratios", fingerprint="r", conditions="base-2,cmp-unsupervised", **values
    )


def test_all_is_well(study, capsys):
    assert check(capsys).strip() == f"15 files in {Asset.objects.first().path.parents[1]} are as they were stored."
    assert "15 files" in check(capsys, "faces")


def test_missing_and_changed_files_are_named_with_study_and_remedy(study):
    missing, changed = (
        Stimulus.objects.exclude(image=None).first().image,
        Stimulus.objects.exclude(mesh=None).last().mesh,
    )
    missing.path.unlink()
    changed.path.write_bytes(bytes(changed.size_bytes))
    filled_by(study)
    with pytest.raises(CommandError) as said:
        call_command("check_media", verbosity=0)
    lines = str(said.value).splitlines()
    assert lines[0].startswith("2 of 15 files in ")
    assert set(lines[1:3]) == {
        f"  missing: {missing.path} (asset {missing.pk}, shown by faces)",
        f"  changed: {changed.path} (asset {changed.pk}, shown by faces)",
    }
    assert lines[3:] == [
        "Make the 2 of study 'faces' again, byte for byte, with:",
        "  manage.py generate_stimuli faces --profile demo --conditions base-2,cmp-unsupervised --dataset /data/people",
    ]


def test_study_from_elsewhere_is_restored_from_a_backup(study):
    Asset.objects.first().path.unlink()
    with pytest.raises(CommandError, match=r"'faces' was not made here: restore its 1 files from a backup"):
        call_command("check_media", verbosity=0)


def test_only_the_named_study_is_looked_at(study):
    other = factories.study("other", questions=1)
    other.sections.first().questions.first().reference.path.unlink()
    call_command("check_media", "faces", verbosity=0)
    with pytest.raises(CommandError, match="1 of 15 files"):
        call_command("check_media", "other", verbosity=0)
    with pytest.raises(CommandError, match=r"no study named 'no-such'\. Known studies: faces, other"):
        call_command("check_media", "no-such")


@pytest.mark.parametrize(("verbosity", "named"), [(0, 20), (2, 30)])
def test_long_lists_are_cut_unless_asked_for(verbosity, named):
    factories.study(questions=2)
    for asset in Asset.objects.all():
        asset.path.unlink()
    with pytest.raises(CommandError) as said:
        call_command("check_media", verbosity=verbosity)
    assert str(said.value).count("\n  missing: ") == named
    assert ("and 10 more" in str(said.value)) is (verbosity < 2)


def test_what_is_left_over_is_told_and_deleted_only_on_demand(study, capsys, settings):
    left = settings.MEDIA_ROOT / ".part-abc"
    left.write_bytes(b"half")
    os.utime(left, (time.time() - 100_000,) * 2)
    said = check(capsys)
    assert "1 files that no row names, and 0 rows that nothing refers to" in said
    assert str(left) in said
    assert "check_media --delete-left-over" in said
    assert left.exists()
    assert "Deleted 1 files" in check(capsys, delete_left_over=True)
    assert not left.exists()
    with pytest.raises(CommandError, match="without STUDY"):
        call_command("check_media", "faces", delete_left_over=True)


def test_file_that_nothing_refers_to_is_not_missed(study, capsys):
    store_asset(b"alone", media_type="image/webp").path.unlink()
    assert "15 files" in check(capsys)


def test_call_that_filled_a_study_names_simulated_people_by_nothing(study):
    assert call_that_filled(study) is None
    filled_by(study, dataset="/data/simulated", profile="my profile.toml")
    GenerationJob.objects.create(study=study, stage="dataset", fingerprint="d", run="demo-1", state="ready")
    assert call_that_filled(study) == (
        "manage.py generate_stimuli faces --profile 'my profile.toml' --conditions base-2,cmp-unsupervised"
    )
