"""The requirement files say what pyproject.toml says; scripts/requirements.sh compiles them."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
RUNNING = [*PROJECT["project"]["dependencies"], *EXTRAS["engine"], *EXTRAS["server"]]
DEVELOPING = PROJECT["dependency-groups"]["dev"]


def wanted(lines: Iterable[str]) -> dict[str, Requirement]:
    return {canonicalize_name(asked.name): asked for asked in map(Requirement, lines)}


def pinned(file: str) -> dict[str, str]:
    """Names and versions of a requirements file; of several versions by platform, the first."""
    lines = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith(("#", "-"))]
    assert [line for line in lines if not re.match(r"[a-z0-9-]+==", line.replace("_", "-"))] == []
    found = {canonicalize_name(asked.name): asked for asked in map(Requirement, reversed(lines))}
    return {name: next(iter(asked.specifier)).version for name, asked in found.items()}


@pytest.mark.parametrize(("file", "asked"), [("requirements.txt", RUNNING), ("requirements-dev.txt", DEVELOPING)])
def test_requirements_are_compiled_from_the_project(file, asked):
    versions = pinned(file)
    hint = "after a change of pyproject.toml call scripts/requirements.sh"
    assert sorted(versions) == sorted(wanted(asked)), hint
    assert [str(one) for name, one in wanted(asked).items() if not one.specifier.contains(versions[name])] == [], hint


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_versions_are_those_of_the_lock(file):
    lock = pinned("requirements-lock.txt")
    assert {name: lock.get(name) for name in pinned(file)} == pinned(file)


def test_extras_and_tools_are_pinned_exactly_and_alike():
    of_all = [Requirement(line) for line in (*EXTRAS["engine"], *EXTRAS["server"], *DEVELOPING)]
    assert [str(asked) for asked in of_all if [one.operator for one in asked.specifier] != ["=="]] == []
    assert len({asked.name for asked in of_all}) == len({str(asked) for asked in of_all})


def test_statistics_need_neither_the_engine_nor_the_server():
    alone = set(wanted(PROJECT["project"]["dependencies"]))
    assert alone == {"numpy", "pandas", "rich", "scipy", "statsmodels"}
    assert "torch" not in wanted(EXTRAS["server"])
    assert "django" not in wanted(EXTRAS["engine"])
