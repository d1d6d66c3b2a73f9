import pytest

from studyserver.common.checks import BUNDLE, answers_travel_encrypted, bundle_is_built, data_folder_is_writable


def test_missing_bundle_names_the_files_and_the_command(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (warning,) = bundle_is_built()
    assert warning.id == "perceptionist.W001"
    assert "viewer.js" in warning.msg
    assert warning.hint == "Build it with: npm ci && npm run build"


def test_complete_bundle_is_fine(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    for name in BUNDLE:
        file = tmp_path / "static/dist" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert bundle_is_built() == []


def test_data_folder_may_still_be_missing(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "not" / "yet"
    assert data_folder_is_writable() == []


def test_file_in_place_of_the_data_folder_is_an_error(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "file"
    settings.DATA_DIR.touch()
    (error,) = data_folder_is_writable()
    assert error.id == "perceptionist.E001"
    assert "PERCEPTIONIST_DATA_DIR" in error.hint


@pytest.mark.parametrize(
    ("hosts", "https", "found"),
    [
        (["127.0.0.1", "localhost"], False, []),
        (["study.example.org"], True, []),
        (["study.example.org", "localhost"], False, ["perceptionist.W002"]),
    ],
)
def test_public_name_needs_https(settings, hosts, https, found):
    settings.ALLOWED_HOSTS, settings.HTTPS = hosts, https
    assert [message.id for message in answers_travel_encrypted()] == found
