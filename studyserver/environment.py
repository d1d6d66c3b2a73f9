"""Typed values from environment variables; a wrong one names itself and its remedy."""

import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def env_bool(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name}={environ[name]!r} is not a switch; set it to 1 or 0.")


def env_int(environ: Mapping[str, str], name: str, *, default: int, minimum: int = 0) -> int:
    value = environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        number = minimum - 1
    if number < minimum:
        raise ImproperlyConfigured(f"{name}={environ[name]!r} must be a whole number of at least {minimum}.")
    return number


def env_list(environ: Mapping[str, str], name: str, *, default: list[str], pattern: str, example: str) -> list[str]:
    """A comma-separated list of values that match ``pattern``; empty items are dropped."""
    items = [item.strip() for item in environ.get(name, "").split(",") if item.strip()]
    for item in items:
        if not re.fullmatch(pattern, item):
            raise ImproperlyConfigured(f"{name} holds {item!r}; write it like {example}")
    return items or default


def env_url(environ: Mapping[str, str], name: str, *, schemes: tuple[str, ...]) -> str:
    """A URL with one of ``schemes``, or the empty string when the variable is unset."""
    value = environ.get(name, "").strip()
    if value and value.partition("://")[0] not in schemes:
        expected = " or ".join(f"{scheme}://" for scheme in schemes)
        # The value itself may hold a password, so only its scheme is repeated.
        raise ImproperlyConfigured(f"{name} starts with {value.partition(':')[0]!r}; it must start with {expected}")
    return value


def env_database(environ: Mapping[str, str], name: str, *, default: str) -> dj_database_url.DBConfig:
    """A database by its address; one that is kept in memory would be another one for every connection."""
    url = env_url(environ, name, schemes=("sqlite", "postgres", "postgresql")) or default
    try:
        database = dj_database_url.parse(url, conn_max_age=60)
    except (dj_database_url.ParseError, ValueError):
        # The address may hold a password, so neither it nor the parser's complaint, which quotes it, is repeated.
        raise ImproperlyConfigured(
            f"{name} is no address of a database; write it like postgres://user:password@host:5432/name, "
            "with %XX for special characters in its parts."
        ) from None
    if database["NAME"] in ("", ":memory:"):
        raise ImproperlyConfigured(
            f"{name} names no database; end it with one, as in postgres://user@host/name or sqlite:////folder/file"
        )
    return database


def env_secret(environ: Mapping[str, str], name: str, *, file: Path) -> str:
    """The secret itself, or the one kept in ``file``, which is made on first use, readable by its owner only."""
    value = environ.get(name, "")
    if value:
        if len(value) < 32:
            raise ImproperlyConfigured(f"{name} has {len(value)} characters; use at least 32 random ones.")
        return value
    try:
        if not file.exists():
            _make_secret(file)
        return file.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is not set, and {file} cannot be used instead ({error.strerror}). "
            f"Set {name}, or give this user the right to read and write there."
        ) from error


def _make_secret(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Temporary files are for their owner only.
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".partial-") as fresh:
        fresh.write(get_random_secret_key() + get_random_secret_key())
        fresh.flush()
        # A link never replaces a file: of several processes that start together, all use the first one's secret.
        with suppress(FileExistsError):
            file.hardlink_to(fresh.name)
