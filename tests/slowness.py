"""Which tests are slow is measured: `slow_tests.txt` has those that `make check` leaves out, and this writes it anew.

.venv/bin/pytest -n 2 --note-slow
"""

from collections import defaultdict
from pathlib import Path
from statistics import mean

import pytest

SLOW_TESTS = Path(__file__).with_name("slow_tests.txt")
SLOW_SECONDS = 0.04
"""On average over a test's parameters; the three thousand that are faster are done within a minute."""


def function_of(nodeid: str) -> str:
    """A test without its parameters, and without the group that pytest-xdist adds."""
    return nodeid.partition("[")[0].partition("@")[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--note-slow", action="store_true", help=f"write {SLOW_TESTS.name} with what this run measures")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = set(SLOW_TESTS.read_text().splitlines())
    for item in items:
        if function_of(item.nodeid) in slow:
            item.add_marker(pytest.mark.slow)


class Stopwatch:
    """What each test took; the longest setting up in a file is for all of its tests, so each bears its part."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.longest: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file, seconds = report.nodeid.partition("::")[0], report.duration
        if report.when == "setup" and seconds > self.longest[file]:
            seconds, self.longest[file] = self.longest[file], seconds
        self.seconds[file][report.nodeid] += seconds

    def pytest_sessionfinish(self) -> None:
        slow = set(SLOW_TESTS.read_text().splitlines())
        for file, tests in self.seconds.items():
            part = self.longest[file] / len(tests)
            by_function = defaultdict(list)
            for nodeid, seconds in tests.items():
                by_function[function_of(nodeid)].append(seconds + part)
            slow -= set(by_function)  # What did not run stays as it was noted.
            slow |= {name for name, seconds in by_function.items() if mean(seconds) > SLOW_SECONDS}
        exist = sorted(name for name in slow if Path(name.partition("::")[0]).is_file())
        SLOW_TESTS.write_text("".join(f"{name}\n" for name in exist))


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--note-slow") and not hasattr(config, "workerinput"):  # Once, where all reports arrive.
        config.pluginmanager.register(Stopwatch())
