"""The directive ``commands``: every command with its options, read from the parser that the command itself uses."""

import argparse
import importlib
import textwrap
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.nodes import nested_parse_with_titles

# What Django gives every command, said once on the page.
DJANGO_OPTIONS = {
    "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
    "--skip-checks", "--no-input",
}  # fmt: skip


def management_parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every ``manage.py`` command of ours."""
    import django
    from django.core.management import get_commands, load_command_class

    django.setup()
    for name, app in sorted(get_commands().items()):
        if str(app).startswith("studyserver"):
            yield f"manage.py {name}", load_command_class(str(app), name).create_parser("manage.py", name)


def module_parsers(module: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """``python -m MODULE`` and its subcommands; the module's ``parser()`` makes the parser."""
    package, _, function = module.rpartition(":")
    parser = getattr(importlib.import_module(package), function)()
    subcommands = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not subcommands:
        yield parser.prog, parser
    for action in subcommands:
        for name, sub in action.choices.items():
            yield f"{parser.prog} {name}", sub


def described(title: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """One command in reStructuredText."""
    yield from (title, "~" * len(title), "", parser.description or "", "")
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    for option in sorted(DJANGO_OPTIONS | {"-h", "-v"}):
        usage = without_option(usage, option)
    yield from (".. code-block:: text", "")
    yield from textwrap.wrap(usage, 84, initial_indent="   ", subsequent_indent="       ", break_on_hyphens=False)
    yield ""
    for action in parser._actions:
        if action.option_strings and (set(action.option_strings) & DJANGO_OPTIONS or "--help" in action.option_strings):
            continue
        yield from (f"``{spelled(action)}``", f"   {meaning(action)}", "")


def without_option(usage: str, option: str) -> str:
    start = usage.find(f"[{option}")
    if start < 0:
        return usage
    end = usage.find("]", start) + 1
    return usage[:start] + usage[end:].lstrip()


def spelled(action: argparse.Action) -> str:
    """The argument as it is typed, with what follows it."""
    value = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest.upper())
    name = ", ".join(action.option_strings)
    if not name:
        return str(action.metavar or action.dest)
    return name if action.nargs == 0 else f"{name} {value}"


def meaning(action: argparse.Action) -> str:
    text = " ".join((action.help or "").split()) % {"default": action.default, "prog": ""}
    return text.replace("*", r"\*").replace("`", r"\`") or "…"


class CommandReference(Directive):
    """``.. commands::`` for ``manage.py``, ``.. commands:: module:function`` for ``python -m``."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        parsers = module_parsers(self.arguments[0]) if self.arguments else management_parsers()
        lines = [line for title, parser in parsers for line in described(title, parser)]
        node = nodes.section()
        node.document = self.state.document
        nested_parse_with_titles(self.state, StringList(lines, source="commands"), node)
        return node.children


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("commands", CommandReference)
    return {"parallel_read_safe": True}
