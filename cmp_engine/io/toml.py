"""Nested dataclasses as TOML: read strictly, written so that they read back."""

import dataclasses
from typing import Any, Literal, get_args, get_origin, get_type_hints

from cmp_engine.exceptions import ConfigError


def read_section(section: type[Any], table: dict[str, Any], *, where: str) -> Any:
    """Make a dataclass from a TOML table; unknown keys and wrong types are errors."""
    hints = get_type_hints(section)
    names = {key.replace("_", "-") if dataclasses.is_dataclass(hints[key]) else key: key for key in hints}
    values = {}
    for key, value in table.items():
        if key not in names:
            raise ConfigError(f"unknown key {where + key!r}; known here are {', '.join(names)}.")
        values[names[key]] = read_value(hints[names[key]], value, where=where + key)
    return section(**values)


def read_value(hint: Any, value: Any, *, where: str) -> Any:
    """Check one TOML value against the type of its field."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return read_section(hint, value, where=f"{where}.")
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(read_value(get_args(hint)[0], item, where=where) for item in value)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ConfigError(f"{where} is {value!r}; known are {', '.join(get_args(hint))}.")
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(hint, type) or not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{where} is {value!r}, expected {getattr(hint, '__name__', hint)}.")
    if isinstance(value, int | float) and value < 0:
        raise ConfigError(f"{where} is {value!r}, expected zero or more.")
    return value


def as_toml(config: Any) -> str:
    """Write a dataclass of values and of dataclasses of values so that `read_section` reads it back."""
    lines, sections = [], []
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if not dataclasses.is_dataclass(value):
            lines.append(f"{item.name} = {toml_value(value)}")
            continue
        sections.append(f"\n[{item.name.replace('_', '-')}]")
        sections += [f"{entry.name} = {toml_value(getattr(value, entry.name))}" for entry in dataclasses.fields(value)]
    return "\n".join(lines + sections) + "\n"


def toml_value(value: bool | float | str | tuple[int, ...]) -> str:
    """One value as TOML; strings are plain words."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
