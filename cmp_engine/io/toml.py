"""Settings in TOML: read with every error at once, written so that they read back."""

import dataclasses
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import tomlkit
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from cmp_engine.exceptions import ConfigError

Settings = TypeVar("Settings")

UNKNOWN = "unexpected_keyword_argument"
TOGETHER = "value_error"  # from a check of several settings of a section, which says all itself


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file.

    Raises:
        ConfigError: the file is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{str(path)!r} is not valid TOML: {error}") from error


def read_settings(kind: type[Settings], table: dict[str, Any], *, source: str) -> Settings:
    """Make settings from a table; what it leaves out has the default.

    Args:
        kind: a dataclass of pydantic, of values and of such dataclasses; each field says by its description what it
            takes.
        table: as it stands in the file.
        source: where it stands, for the message.

    Raises:
        ConfigError: unknown keys, and values of the wrong type or out of range; all are named, each with the remedy.
    """
    try:
        return TypeAdapter(kind).validate_python(table, by_alias=True, by_name=False)
    except ValidationError as error:
        # A list with several wrong items is wrong once.
        told = dict.fromkeys(_told(kind, table, each) for each in error.errors(include_url=False))
        raise ConfigError(f"{source} cannot be used:" + "".join(f"\n  {line}" for line in told)) from error


def _told(kind: type[Any], table: dict[str, Any], error: ErrorDetails) -> str:
    *sections, name = [str(part) for part in error["loc"] if not isinstance(part, int)]
    place = ".".join((*sections, name))
    fields = _fields(kind, sections)
    if error["type"] == UNKNOWN:
        return f"unknown key {place!r}; known here are {', '.join(fields)}."
    if error["type"] == TOGETHER and dataclasses.is_dataclass(fields[name].annotation):
        return f"{place}: {error['ctx']['error']}."
    for section in sections:
        table = table[section]
    return f"{place} is {_shown(table[name])}, expected {fields[name].description}."


def _fields(kind: type[Any], sections: Sequence[str]) -> dict[str, FieldInfo]:
    """The fields of a section by their names in the file."""
    fields: dict[str, FieldInfo] = kind.__pydantic_fields__
    named = {str(field.validation_alias or name): field for name, field in fields.items()}
    if not sections:
        return named
    inner: Any = named[sections[0]].annotation
    return _fields(inner, sections[1:])


def _shown(value: Any) -> str:
    """A value as it stands in the file."""
    return "a section" if isinstance(value, dict) else tomlkit.item(value).as_string()


def as_toml(settings: Any) -> str:
    """Write settings so that `read_settings` reads them back."""
    return tomlkit.dumps(_table(settings))


def _table(settings: Any) -> dict[str, Any]:
    fields: dict[str, FieldInfo] = type(settings).__pydantic_fields__
    return {str(field.validation_alias or name): _plain(getattr(settings, name)) for name, field in fields.items()}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _table(value)
    return list(value) if isinstance(value, tuple) else value
