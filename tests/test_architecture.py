"""The libraries stay libraries: fresh interpreters show what an import drags in."""

import subprocess
import sys

import pytest


def modules_after(statement: str) -> set[str]:
    program = f"{statement}\nimport sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("library", ["cmp_engine", "evaluation"])
def test_library_leaves_django_unloaded(library):
    assert "django" not in modules_after(f"import {library}")


def test_web_server_leaves_torch_unloaded():
    loaded = modules_after("from studyserver.wsgi import application; import studyserver.urls")
    assert "django" in loaded
    assert "torch" not in loaded
