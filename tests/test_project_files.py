"""What the files around the code say of it is so."""

import json
import re
from pathlib import Path

import pytest
import yaml

from evaluation import __version__

ROOT = Path(__file__).resolve().parents[1]


def test_every_place_that_contributing_names_is_there():
    named = re.findall(r"`((?:[\w.-]+/)+[\w.*-]*|[\w-]+\.(?:py|md|toml|cff))`", (ROOT / "CONTRIBUTING.md").read_text())
    named.remove("management/commands/")  # Of several apps.
    assert len(named) > 20
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_one_version_is_told_everywhere():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == __version__
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] in ("Unreleased", __version__)
    assert versions == [*versions[:1], *sorted(versions[1:], reverse=True)]


def test_lock_of_the_browser_packages_names_no_host():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert [name for name, package in lock["packages"].items() if name and "integrity" not in package] == []


def test_whoever_only_runs_the_server_installs_no_tools():
    project = json.loads((ROOT / "package.json").read_text())
    assert sorted(project["dependencies"]) == ["esbuild", "three"]
    everything = project["dependencies"] | project["devDependencies"]
    assert [version for version in everything.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_actions_are_pinned_by_commit_with_their_version_beside():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    used = re.findall(r"uses: (.*)", workflow)
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


@pytest.mark.parametrize("job", ["check", "test"])
def test_jobs_may_only_read_and_end_some_time(job):
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"][job]["timeout-minutes"] <= 60
    assert "permissions" not in workflow["jobs"][job]


def test_every_test_that_is_noted_as_slow_is_there():
    noted = (ROOT / "tests" / "slow_tests.txt").read_text().splitlines()
    assert noted == sorted(set(noted))
    gone = []
    for name in noted:
        file, _, path = name.partition("::")
        function = re.split(r"::|\.", path)[-1]  # A doctest's name is dotted.
        if f"def {function}(" not in (ROOT / file).read_text():
            gone.append(name)
    assert gone == []
