"""Where PyTorch is missing, every room that needs it says what to install, and the others work."""

import pkgutil
import subprocess
import sys

import pytest

import cmp_engine

ROOMS = sorted({found.name for found in pkgutil.iter_modules(cmp_engine.__path__) if found.ispkg} - {"io"})

WITHOUT_TORCH = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "torch" else find(name, *more)
sys.modules["torch"] = None
import importlib
for name in sys.argv[1:]:
    try:
        importlib.import_module(f"cmp_engine.{name}")
        print(name, "imported")
    except ModuleNotFoundError as error:
        print(name, error.name, error)
"""


def test_every_room_that_needs_pytorch_names_the_extra():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *ROOMS], capture_output=True, text=True, check=True)
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert sorted(told) == ROOMS
    said = (
        "torch torch is not installed here, and the engine needs it. Install the engine with its packages: pip install"
    )
    assert {name: line for name, line in told.items() if not line.startswith(said)} == {}
    assert all("'perceptionist[engine]'" in line for line in told.values())


@pytest.mark.parametrize("name", ["io", "exceptions", "io.pickled_arrays", "io.toml", "config"])
def test_files_are_read_and_written_without_pytorch(name):
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, name], capture_output=True, text=True, check=True)
    assert done.stdout == f"{name} imported\n"
