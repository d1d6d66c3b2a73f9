import os
import re
import subprocess
import sys
from ipaddress import ip_network

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from studyserver.common.checks import (
    BUNDLE,
    answers_travel_encrypted,
    bundle_is_built,
    data_folder_is_writable,
    proxies_are_named,
    static_files_are_collected,
)


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


def test_a_data_folder_that_cannot_be_looked_at_is_an_error(settings, out_of_reach):
    settings.DATA_DIR = out_of_reach / "data"
    (error,) = data_folder_is_writable()
    assert error.id == "perceptionist.E001"
    assert str(out_of_reach) in error.msg


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


@pytest.mark.parametrize(
    ("https", "proxies", "found"),
    [
        (True, [], ["perceptionist.W003"]),
        (True, [ip_network("127.0.0.1")], []),
        (False, [], []),
    ],
)
def test_a_proxy_before_the_site_needs_its_name(settings, https, proxies, found):
    settings.HTTPS, settings.TRUSTED_PROXIES = https, proxies
    warnings = proxies_are_named()
    assert [warning.id for warning in warnings] == found
    for warning in warnings:
        assert "fifty wrong passwords of a stranger lock everybody out" in warning.msg
        assert "PERCEPTIONIST_TRUSTED_PROXIES" in warning.hint


@pytest.mark.django_db
def test_an_unnamed_proxy_is_told_before_the_site_goes_into_service(settings):
    settings.HTTPS, settings.TRUSTED_PROXIES = True, []
    told = [message.id for message in run_checks(include_deployment_checks=True)]
    assert "perceptionist.W003" in told
    assert "perceptionist.W003" not in [message.id for message in run_checks()]


@pytest.fixture
def collecting(settings, tmp_path):
    """Static files of one's own, to be collected with their manifest."""
    settings.BASE_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "collected"
    settings.STATICFILES_DIRS = [tmp_path / "static"]
    (tmp_path / "static" / "css").mkdir(parents=True)
    (tmp_path / "static" / "css" / "base.css").write_text("a {}")
    (tmp_path / "static" / ".hidden").touch()
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    return tmp_path / "static"


def test_static_files_that_were_never_collected_or_came_later_are_an_error(collecting):
    (error,) = static_files_are_collected()
    assert error.id == "perceptionist.E002"
    assert "css/base.css is missing" in error.msg
    assert error.hint == "Collect them with: manage.py collectstatic --no-input"
    call_command("collectstatic", interactive=False, verbosity=0)
    assert static_files_are_collected() == []
    (collecting / "new.js").write_text("1")
    (error,) = static_files_are_collected()
    assert "new.js is missing" in error.msg


def test_what_is_never_collected_is_not_missed(collecting):
    (collecting / ".cache").mkdir()
    (collecting / ".cache" / "x").touch()
    call_command("collectstatic", interactive=False, verbosity=0)
    assert static_files_are_collected() == []


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_damaged_manifest_is_named_and_following_the_hint_mends_it(content, collecting, settings):
    call_command("collectstatic", interactive=False, verbosity=0)
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    manifest.write_text(content)
    (error,) = static_files_are_collected()
    assert f"{manifest} is damaged" in error.msg
    assert error.hint == "Delete that file, then: manage.py collectstatic --no-input"
    manifest.unlink()
    call_command("collectstatic", interactive=False, verbosity=0)
    assert static_files_are_collected() == []


def test_debugging_serves_static_files_from_their_sources(collecting, settings):
    settings.DEBUG = True
    assert static_files_are_collected() == []


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "static files are not collected in .*Collect them with: manage.py collectstatic --no-input"),
        ({"PERCEPTIONIST_DEBUG": "maybe"}, "PERCEPTIONIST_DEBUG='maybe' is not a switch; set it to 1 or 0"),
    ],
)
def test_server_refuses_to_start_with_one_line(variables, message, tmp_path):
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PERCEPTIONIST_")}
    environment = ours | {"PERCEPTIONIST_DATA_DIR": str(tmp_path)} | variables
    command = [sys.executable, "-m", "gunicorn", "studyserver.wsgi", "--bind", "127.0.0.1:0", "--log-level", "critical"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert re.search(f"^The server does not start. .*{message}", done.stderr, re.MULTILINE)
