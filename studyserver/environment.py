"""What the environment says, as typed values; all that is wrong in it is told at once, with value and remedy."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cmp_engine.io import write_secret
from studyserver.common.folders import nearest_existing

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgres", "postgresql")
BROKERS = ("redis", "rediss", "redis+socket")


def _items(value: object) -> object:
    """What stands between commas; empty items are dropped."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _like(pattern: str, example: str) -> AfterValidator:
    """Refuse a list with an item that does not match ``pattern``."""

    def check(items: list[str]) -> list[str]:
        for item in items:
            if not re.fullmatch(pattern, item):
                raise ValueError(f"holds {item!r}; write it like {example}")
        return items

    return AfterValidator(check)


def _networks(items: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    """Read addresses, or networks with their length."""
    networks = []
    for item in items:
        try:
            networks.append(ip_network(item))
        except ValueError as error:
            raise ValueError(f"holds {item!r} ({error}); write it like 127.0.0.1,10.0.0.0/8,fd00::/8.") from None
    return networks


CommaList = Annotated[list[str], NoDecode, BeforeValidator(_items)]  # Not JSON, which is the library's way.
Switch = Annotated[bool, Field(description="is not a switch; set it to 1 or 0.")]


class Environment(BaseSettings):
    """Every variable that the server reads. One that is unset or empty has its default.

    The description of a type is what is said behind a value that the type refuses.
    """

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    data_dir: Path = Field(default=ROOT / "var", validation_alias="PERCEPTIONIST_DATA_DIR")
    """Everything the server writes: database, stimuli, training runs, the generated secret."""
    secret_key: str = Field(default="", repr=False, validation_alias="PERCEPTIONIST_SECRET_KEY")
    """Where it is unset, the one kept in the data folder, made on first use."""
    debug: Switch = Field(default=False, validation_alias="PERCEPTIONIST_DEBUG")
    https: Switch = Field(default=False, validation_alias="PERCEPTIONIST_HTTPS")
    """True behind a proxy that terminates TLS and sets X-Forwarded-Proto."""
    allowed_hosts: Annotated[
        CommaList,
        _like(r"\*|\[[0-9a-fA-F:.]+\]|\.?[\w.-]+", example="study.example.org, without scheme or port."),
    ] = Field(
        default=["127.0.0.1", "localhost", "[::1]"],
        min_length=1,
        validation_alias="PERCEPTIONIST_ALLOWED_HOSTS",
        description="names no host; write it like study.example.org,www.example.org",
    )
    trusted_origins: Annotated[
        CommaList,
        _like(r"https?://[^/\s]+", example="https://study.example.org, with scheme and without path."),
    ] = Field(default=[], validation_alias="PERCEPTIONIST_TRUSTED_ORIGINS")
    trusted_proxies: Annotated[
        list[IPv4Network | IPv6Network], NoDecode, BeforeValidator(_networks), BeforeValidator(_items)
    ] = Field(default=[], validation_alias="PERCEPTIONIST_TRUSTED_PROXIES")
    """Networks of the proxies whose X-Forwarded-For is believed."""
    database_url: str = Field(default="", repr=False, validation_alias="DATABASE_URL")
    """SQLite in the data folder where it is unset."""
    redis_url: str = Field(default="", repr=False, validation_alias="REDIS_URL")
    """The broker; without one whoever asks for a task does it."""
    task_lease_s: int = Field(
        default=86_400,
        ge=60,
        le=31_536_000,
        validation_alias="PERCEPTIONIST_TASK_LEASE_S",
        description="must be a whole number of at least 60 and at most 31536000, in seconds.",
    )

    @field_validator("debug", "https", mode="before")
    @classmethod
    def _without_spaces(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _is_no_file(cls, folder: Path) -> Path:
        nearest = nearest_existing(folder)
        if not nearest.is_dir():
            raise ValueError(f"is {str(folder)!r}, but {nearest} is a file; name a folder, which need not exist yet.")
        return folder.resolve()

    @field_validator("secret_key")
    @classmethod
    def _is_long_or_kept(cls, secret: str, info: ValidationInfo) -> str:
        if not secret and "data_dir" in info.data:  # A wrong data folder is told for itself.
            return kept_secret(info.data["data_dir"] / "secret_key")
        if 0 < len(secret) < 32:
            raise ValueError(f"has {len(secret)} characters; use at least 32 random ones.")
        return secret

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, url: str) -> str:
        if not (url := _with_scheme(url, DATABASES)):
            return url
        try:
            name = dj_database_url.parse(url)["NAME"]
        except (dj_database_url.ParseError, ValueError):
            # The address may hold a password, so neither it nor the parser's complaint, which quotes it, is repeated.
            raise ValueError(
                "is no address of a database; write it like postgres://user:password@host:5432/name, "
                "with %XX for special characters in its parts."
            ) from None
        if name in ("", ":memory:"):  # In memory it would be another one for every connection.
            raise ValueError(
                "names no database; end it with one, as in postgres://user@host/name or sqlite:////folder/file"
            )
        return url

    @field_validator("redis_url")
    @classmethod
    def _names_a_broker(cls, url: str) -> str:
        if not (url := _with_scheme(url, BROKERS)):
            return url
        try:
            parts = urlsplit(url)
            whole = len(parts.path) > 1 if parts.scheme == "redis+socket" else re.fullmatch(r"/?\d*", parts.path)
            parts.port  # noqa: B018  # Read, it is checked.
        except ValueError:  # May quote the password.
            whole = None
        if not whole:
            raise ValueError(
                "is no address of a broker; write it like redis://:password@host:6379/0 or "
                "redis+socket:///run/redis.sock, with %XX for special characters in its parts."
            )
        return url

    @property
    def database(self) -> dj_database_url.DBConfig:
        """Django's settings of the database."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'db.sqlite3'}"
        return dj_database_url.parse(url, conn_max_age=60)


def _with_scheme(url: str, schemes: tuple[str, ...]) -> str:
    url = url.strip()
    if url and url.partition("://")[0] not in schemes:
        expected = " or ".join(f"{scheme}://" for scheme in schemes)
        # The value itself may hold a password, so only its scheme is repeated.
        raise ValueError(f"starts with {url.partition(':')[0]!r}; it must start with {expected}")
    return url


def kept_secret(file: Path) -> str:
    """The secret in ``file``, which is made on first use, readable by its owner only.

    Raises:
        ValueError: it cannot be kept there.
    """
    try:
        if not file.exists():
            write_secret(file, get_random_secret_key() + get_random_secret_key())
        return file.read_text()
    except OSError as error:
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error  # of a WriteError, with its remedy
        raise ValueError(
            f"is not set, and {file} cannot be used instead ({cause.strerror}). "
            "Set it, or give this user the right to read and write there."
        ) from error


def read_environment() -> Environment:
    """The environment of this process.

    Raises:
        ImproperlyConfigured: one line for every variable that is wrong.
    """
    try:
        return Environment()
    except ValidationError as error:
        raise ImproperlyConfigured("\n".join(_told(problem) for problem in error.errors())) from None


def _told(problem: ErrorDetails) -> str:
    place = problem["loc"][0]  # The variable; of a default that is refused the field.
    (field,) = (field for name, field in Environment.model_fields.items() if place in (name, field.validation_alias))
    if problem["type"] == "value_error":  # Raised above, whole.
        return f"{field.validation_alias} {problem['ctx']['error']}"
    return f"{field.validation_alias}={problem['input']!r} {field.description}"
