"""The libraries stay libraries: fresh interpreters show what an import drags in."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What a room's templates may load: tags of its own and of the rooms below it.
ROOMS_BELOW = {
    "studies": {"common"},
    "survey": {"studies", "common"},
    "generation": {"studies", "common"},
    "reports": {"generation", "survey", "studies", "common"},
}
# The page of a study has a place for what each room says of it.
PANELS = {"generation_panels", "report_panels", "survey_panels"}
PARTS = {"cmp_engine": ("cli", "training.stages", "simulation.writer"), "evaluation": ("crossed", "ratios")}


def modules_after(statement: str, **environment: str) -> set[str]:
    program = f"{statement}\nimport sys; print(*sorted(sys.modules))"
    variables = os.environ | environment
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("library", ["cmp_engine", "evaluation"])
def test_library_leaves_django_unloaded(library):
    walk = (
        f"import importlib, pkgutil, {library}\n"
        f"names = [found.name for found in pkgutil.walk_packages({library}.__path__, '{library}.')]\n"
        "for name in names:\n    if not name.endswith('__main__'): importlib.import_module(name)"
    )
    loaded = modules_after(walk)
    assert {f"{library}.{part}" for part in PARTS[library]} <= loaded
    assert "django" not in loaded


def test_web_server_leaves_torch_unloaded():
    # Without debugging the server asks for collected static files first.
    loaded = modules_after("import studyserver.wsgi, studyserver.urls", PERCEPTIONIST_DEBUG="1")
    assert "django" in loaded
    assert "torch" not in loaded


@pytest.mark.parametrize("part", ["stages.table", "tasks", "services", "voices", "management.commands.check_media"])
def test_deciding_and_checking_leave_torch_unloaded(part):
    loaded = modules_after(
        "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'studyserver.settings'\ndjango.setup()\n"
        f"import studyserver.generation.{part}"
    )
    assert f"studyserver.generation.{part}" in loaded
    assert "torch" not in loaded


def tags_of(room: str) -> set[str]:
    return {file.stem for file in (ROOT / "studyserver" / room / "templatetags").glob("*.py")}


@pytest.mark.parametrize("room", ROOMS_BELOW)
def test_templates_load_the_tags_of_rooms_below(room):
    ours = set().union(*map(tags_of, {"common", "studies", "survey", "generation", "reports"}))
    allowed = set().union(*map(tags_of, {room, *ROOMS_BELOW[room]}))
    for file in (ROOT / "templates" / room).rglob("*.html"):
        loaded = {tag for tags in re.findall(r"{% load ([^%]*) %}", file.read_text()) for tag in tags.split()}
        panels = PANELS if file.match("studies/progress.html") else set()
        assert loaded & ours <= allowed | panels, file
