"""Environments that hold one part of the product and what it asks for, made from what is installed here: no network."""

import csv
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def checkout(folder: Path) -> Path:
    """A copy of what is under version control here: building leaves its work beside the sources."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built with the backend that is installed here."""
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(checkout(folder / "source"))], check=True)
    (wheel,) = folder.glob("perceptionist-*.whl")
    return wheel


class Environment:
    """A fresh environment in ``folder``; packages are links to those of this process."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=True, with_pip=False)
        self.python = folder / "bin" / "python"
        (self.packages,) = folder.glob("lib/python*/site-packages")

    def install(self, wheel: Path, *, extras: Iterable[str] = ()) -> None:
        """Install the wheel, and whatever its metadata ask for with ``extras``."""
        options = ["--no-deps", "--no-index", "--quiet", "--no-compile"]
        call = [sys.executable, "-m", "pip", "--python", str(self.python), "install", *options, str(wheel)]
        subprocess.run(call, check=True)
        (metadata,) = self.packages.glob("perceptionist-*.dist-info")
        for needed in _closure(Distribution.at(metadata), set(extras), seen={}):
            self._link(needed)

    def _link(self, installed: Distribution) -> None:
        tops = {file.parts[0] for file in installed.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in sorted(tops):
            if not (self.packages / top).exists():
                (self.packages / top).symlink_to(Path(str(installed.locate_file(top))))

    def run(self, *words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """``python WORDS`` in ``folder``, with nothing of the tests' own environment."""
        variables = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"} | variables
        call = [str(self.python), *words]
        return subprocess.run(call, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=300)


def _closure(asking: Distribution, extras: set[str], seen: dict[str, set[str]]) -> Iterator[Distribution]:
    """What a distribution needs, and what that needs: each once, unless another asks for more of its extras."""
    for line in asking.requires or ():
        needed = Requirement(line)
        if needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            continue
        name = canonicalize_name(needed.name)
        if name in seen and needed.extras <= seen[name]:
            continue
        seen.setdefault(name, set()).update(needed.extras)
        found = distribution(name)
        yield found
        yield from _closure(found, set(needed.extras), seen)


def write_votes(file: Path) -> Path:
    """A small table of votes, as `python -m evaluation` reads it."""
    with file.open("w", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(("participant", "question", "section", "side", "chose"))
        for person in range(12):
            for question in range(10):
                side = ("left", "right")[(person + question) % 2]
                table.writerow((f"p{person}", f"q{question}", "faces", side, int((3 * person + question) % 5 > 1)))
    return file
