"""The libraries stay libraries: fresh interpreters show what an import drags in."""

import os
import subprocess
import sys

import pytest

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
