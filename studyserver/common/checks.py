"""System checks: each says what is wrong with this installation and what to do about it."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.checks import CheckMessage, Error, Warning, register

from studyserver.common.folders import nearest_existing

# The tag of what commands check before they begin.
INSTALLATION = "installation"
COLLECT = "manage.py collectstatic --no-input"
BUNDLE = ("viewer.js", "draco/draco_decoder.wasm", "draco/draco_wasm_wrapper.js")


@register(INSTALLATION)
def bundle_is_built(**_: Any) -> list[CheckMessage]:
    """Without the bundle, participants could not load the 3D questions."""
    dist = Path(settings.BASE_DIR) / "static" / "dist"
    missing = [name for name in BUNDLE if not (dist / name).is_file()]
    if not missing:
        return []
    return [
        Warning(
            f"The browser bundle in {dist} lacks {', '.join(missing)}; 3D questions will not load.",
            hint="Build it with: npm ci && npm run build",
            id="perceptionist.W001",
        )
    ]


@register(INSTALLATION)
def data_folder_is_writable(**_: Any) -> list[CheckMessage]:
    """The server keeps its database, stimuli and runs there."""
    folder = Path(settings.DATA_DIR)
    nearest = nearest_existing(folder)
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    return [
        Error(
            f"The data folder {folder} cannot be written.",
            hint="Give this user the right to write there, or set PERCEPTIONIST_DATA_DIR to another folder.",
            id="perceptionist.E001",
        )
    ]


@register(deploy=True)
def static_files_are_collected(**_: Any) -> list[CheckMessage]:
    """Pages name their style sheets and scripts by content; a server that cannot look them up answers nothing."""
    if settings.DEBUG:
        return []
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    try:
        collected = set(json.loads(manifest.read_text())["paths"]) if manifest.exists() else set()
    except (ValueError, KeyError, TypeError) as error:
        # The command that collects reads it too, and would end with a traceback.
        return [_not_collected(f"{manifest} is damaged ({error})", f"Delete that file, then: {COLLECT}")]
    own = {path for path, _ in FileSystemFinder().list(StaticFilesConfig.ignore_patterns)}
    if missing := sorted(own - collected):
        return [_not_collected(f"{missing[0]} is missing", f"Collect them with: {COLLECT}")]
    return []


def _not_collected(problem: str, remedy: str) -> Error:
    return Error(
        f"The static files are not collected in {settings.STATIC_ROOT}: {problem}.",
        hint=remedy,
        id="perceptionist.E002",
    )


@register(deploy=True)
def answers_travel_encrypted(**_: Any) -> list[CheckMessage]:
    """A study that is reached from elsewhere needs HTTPS: the participant's link is a secret."""
    local = {"127.0.0.1", "localhost", "[::1]", "testserver"}
    public = sorted(set(settings.ALLOWED_HOSTS) - local)
    if not public or settings.HTTPS:
        return []
    return [
        Warning(
            f"The site answers as {', '.join(public)} without HTTPS, so answers and links can be read on their way.",
            hint="Put a proxy with TLS in front of it and set PERCEPTIONIST_HTTPS=1.",
            id="perceptionist.W002",
        )
    ]


@register(deploy=True)
def proxies_are_named(**_: Any) -> list[CheckMessage]:
    """Behind a proxy that is not named all requests seem to come from it, and wrong passwords are counted together."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "The site is behind a proxy that is not named, so everybody seems to have the proxy's address: five wrong "
            "passwords of a stranger for an account lock its owner out, and fifty wrong passwords of a stranger lock "
            "everybody out.",
            hint="Name the proxy in PERCEPTIONIST_TRUSTED_PROXIES, such as 127.0.0.1, and have it set X-Forwarded-For.",
            id="perceptionist.W003",
        )
    ]
