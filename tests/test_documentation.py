"""What the documentation tells people to type is understood by what they type it to."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from cmp_engine import cli as engine
from evaluation import __main__ as statistics
from studyserver.environment import Environment

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
OURS = {name: app for name, app in get_commands().items() if str(app).startswith("studyserver")}
PLACEHOLDER_NUMBERS = {"N", "S", "M"}


def told(page: Path) -> Iterator[str]:
    """The commands of a page, one a line: of code blocks, and of table cells that begin with a command's name."""
    text = page.read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if found := re.match(r"(?:\s{4,}|\|? *`?)(?:>>> )?\.venv/bin/python (manage\.py|-m) (.*?)(?:`.*)?$", line):
            yield f"{found[1]} {found[2]}".partition("#")[0].partition(" | ")[0].strip()
        for cell in re.findall(r"`([a-z_]+ [^`]*)`", line):
            if line.startswith("|") and cell.partition(" ")[0] in OURS:
                yield f"manage.py {cell}"


COMMANDS = sorted({(str(page.relative_to(ROOT)), command) for page in PAGES for command in told(page)})


class Refuses(argparse.ArgumentParser):
    """A parser that raises instead of ending the process."""

    def error(self, message: str) -> None:
        raise AssertionError(message)


def refusing(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.__class__ = type("Refusing", (Refuses, parser.__class__), {})
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                refusing(sub)
    return parser


def parse(command: str) -> argparse.Namespace:
    program, name, *arguments = shlex.split(command)
    # Where the page says "so many", any number will do.
    arguments = ["7" if argument in PLACEHOLDER_NUMBERS else argument for argument in arguments]
    if program == "manage.py":
        return refusing(load_command_class(str(OURS[name]), name).create_parser("manage.py", name)).parse_args(
            arguments
        )
    parsers = {"cmp_engine": engine.parser, "evaluation": statistics.parser}
    return refusing(parsers[name]()).parse_args(arguments)


def is_ours(command: str) -> bool:
    program, name = command.split()[:2]
    return name in OURS if program == "manage.py" else name in ("cmp_engine", "evaluation") and "--help" not in command


@pytest.mark.parametrize(("page", "command"), [told for told in COMMANDS if is_ours(told[1])])
def test_commands_of_the_documentation_are_understood(page, command):
    assert parse(command)


def test_enough_commands_were_found_to_mean_something():
    pages = {page for page, _ in COMMANDS}
    assert {"README.md", "docs/tutorial.md", "docs/how-to/run-a-study.md", "docs/how-to/engine.md"} <= pages
    assert len(COMMANDS) >= 25


def test_an_option_that_is_not_there_is_found():
    with pytest.raises(AssertionError, match="--preferences"):
        parse("manage.py simulate_votes demo --participants 3 --preferences 0.7")


def test_every_setting_stands_on_the_page_of_settings_and_no_other():
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    assert told == {str(field.validation_alias) for field in Environment.model_fields.values()}


def test_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
