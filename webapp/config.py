"""Every setting, its default and its check. A bad one stops the start and is named."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PACKAGE = Path(__file__).resolve().parent

#: `templates/`, `static/` and `migrations/` stand beside the package in a checkout and inside it in a wheel.
ASSETS = _PACKAGE / "_assets" if (_PACKAGE / "_assets").is_dir() else _PACKAGE.parent

#: Settings that must not be read by others: each can also be given by a file that `…_FILE` names.
SECRETS = {
    "DATABASE_URL",
    "OPENAI_API_KEY",
    "MINUTEBOOK_SECRET_KEY",
    "MINUTEBOOK_LIMITS_URL",
    "MINUTEBOOK_METRICS_TOKEN",
}
SHORTEST_SECRET = 32
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")

_HOST_NAME = re.compile(r"\.?(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class ConfigError(Exception):
    """One or more settings cannot be used; the text names each and says what would do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the operator decides. Times are in seconds, sizes in characters or bytes as named."""

    data_dir: Path
    database_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    secret_key: str | None = field(default=None, repr=False)
    limits_url: str = field(default="memory://", repr=False)
    writes_a_minute: int = 1200
    metrics_token: str | None = field(default=None, repr=False)
    log_format: str = "text"
    log_level: str = "warning"
    workers: int = 1
    threads: int = 32
    timezone: str = "UTC"
    default_assistant: str = ""
    assistant_timeout: float = 120.0
    live_turns: int = 64
    live_turns_each: int = 16
    grace: float = 20.0
    max_content_chars: int = 100_000
    max_body_bytes: int = 1_000_000
    openai_base_url: str | None = None
    openai_api_key: str | None = field(default=None, repr=False)
    openai_models: tuple[str, ...] = ()
    check_responses: bool = False
    sqlite_lock_timeout: float = 30.0

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is an SQLite file."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment.

        Raises ConfigError naming every variable that cannot be used.
        """
        read = _Reader(os.environ if environ is None else environ)
        data_dir = Path(read.text("MINUTEBOOK_DATA", str(_default_data_dir(read.environ)))).expanduser().absolute()
        settings = cls(
            data_dir=data_dir,
            database_url=read.parsed("DATABASE_URL", f"sqlite:///{data_dir}/minutebook.db", _database_url),
            host=read.parsed("HOST", "127.0.0.1", _address),
            port=read.whole("PORT", 8000, 1, 65_535),
            trusted_hosts=read.names("TRUSTED_HOSTS", _host_name),
            proxies=read.whole("MINUTEBOOK_PROXIES", 0, 0, 10),
            secret_key=read.parsed("MINUTEBOOK_SECRET_KEY", "", _secret) or None,
            limits_url=read.parsed("MINUTEBOOK_LIMITS_URL", "memory://", _limits_url),
            writes_a_minute=read.whole("MINUTEBOOK_WRITES_A_MINUTE", 1200, 0, 1_000_000),
            metrics_token=read.parsed("MINUTEBOOK_METRICS_TOKEN", "", _metrics_token) or None,
            log_format=read.choice("MINUTEBOOK_LOG_FORMAT", ("text", "json")),
            log_level=read.choice("MINUTEBOOK_LOG_LEVEL", LOG_LEVELS),
            workers=read.whole("MINUTEBOOK_WORKERS", 1, 1, 64),
            threads=read.whole("MINUTEBOOK_THREADS", 32, 1, 512),
            timezone=read.parsed("MINUTEBOOK_TIMEZONE", _system_timezone(read.environ), _timezone),
            default_assistant=read.text("MINUTEBOOK_ASSISTANT", ""),
            assistant_timeout=float(read.whole("MINUTEBOOK_ASSISTANT_TIMEOUT", 120, 1, 3_600)),
            live_turns=read.whole("MINUTEBOOK_LIVE_TURNS", 64, 1, 1_000),
            live_turns_each=read.whole("MINUTEBOOK_LIVE_TURNS_EACH", 16, 1, 1_000),
            grace=float(read.whole("MINUTEBOOK_GRACE", 20, 0, 600)),
            max_content_chars=read.whole("MINUTEBOOK_MAX_CONTENT", 100_000, 1, 200_000),
            openai_base_url=read.parsed("OPENAI_BASE_URL", "", _http_url) or None,
            openai_api_key=read.text("OPENAI_API_KEY", "") or None,
            openai_models=read.names("OPENAI_MODELS"),
            check_responses=read.flag("MINUTEBOOK_CHECK_RESPONSES"),
        )
        if read.problems:
            raise ConfigError("\n".join(read.problems))
        return settings


@dataclass
class _Reader:
    """Reads variables one by one and remembers what was wrong with each, so that all are told at once."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str) -> str:
        given = self.environ.get(name, "").strip()
        file = self.environ.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
        if given and file:
            self.problems.append(f"{name}: it is given twice, also by {name}_FILE. Give one of them.")
        elif file:
            given = self._file(name, file)
        return given or default

    def _file(self, name: str, path: str) -> str:
        """Read a secret from the file that a variable names; line breaks around it do not count."""
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            reason = error.strerror
        except UnicodeDecodeError:
            reason = "it is no text"
        except RuntimeError:
            reason = "there is no such home"
        else:
            if text:
                return text
            # A default instead could be another database, or another key at every start.
            reason = "it is empty"
        self.problems.append(f"{name}_FILE: {path} cannot be used ({reason}).")
        return ""

    def parsed(self, name: str, default: str, parse: Callable[[str], str]) -> str:
        value = self.text(name, default)
        try:
            return parse(value) if value else value
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if value.isascii() and value.isdecimal() and low <= int(value) <= high:
            return int(value)
        self.problems.append(f"{name}: {value!r} is not a whole number from {low} to {high}.")
        return default

    def names(self, name: str, parse: Callable[[str], str] = str) -> tuple[str, ...]:
        parts = [part.strip() for part in self.text(name, "").split(",") if part.strip()]
        try:
            return tuple(map(parse, parts))
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return ()

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices; the default is the first, or the one that is usual for logs."""
        default = "warning" if "warning" in choices else choices[0]
        value = self.text(name, default).lower()
        if value not in choices:
            self.problems.append(f"{name}: {value!r} is none of {', '.join(choices)}.")
            return default
        return value

    def flag(self, name: str) -> bool:
        value = self.text(name, "no").lower()
        if value not in {"yes", "no", "1", "0", "true", "false"}:
            self.problems.append(f"{name}: {value!r} is neither yes nor no.")
        return value in {"yes", "1", "true"}


def is_loopback(host: str) -> bool:
    """Say whether only this machine goes by that name or number."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(host: str) -> str:
    try:
        return host if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError(f"{host!r} is no address to listen on. Use a number such as 127.0.0.1 or 0.0.0.0.") from None


def _host_name(name: str) -> str:
    if not _HOST_NAME.fullmatch(name.lower()):
        raise ValueError(f"{name!r} is no name of a host, such as minutes.example.org (without port or https://).")
    return name.lower()


def _secret(text: str) -> str:
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"it is shorter than {SHORTEST_SECRET} characters. Make one: openssl rand -base64 32")
    return text


def _metrics_token(text: str) -> str:
    if find_spec("prometheus_client") is None:
        raise ValueError("metrics need their library. Install it: pip install 'minutebook[metrics]'")
    return _secret(text)


def _limits_url(url: str) -> str:
    scheme = url.partition(":")[0]
    if scheme not in {"memory", "redis", "rediss", "redis+unix"}:
        raise ValueError(f"{scheme!r} is not known here. Use memory:// or redis://host:6379/0")
    if scheme != "memory" and find_spec("redis") is None:
        raise ValueError("Redis needs its driver. Install it: pip install 'minutebook[redis]'")
    return url


def _database_url(url: str) -> str:
    scheme, colon, rest = url.partition(":")
    driver = _DRIVERS.get(scheme)
    if not colon or driver is None:
        raise ValueError(f"{scheme!r} is not a database known here. Use sqlite:////path/file.db or postgresql://…")
    if driver != "sqlite" and find_spec("psycopg") is None:
        raise ValueError("PostgreSQL needs its driver. Install it: pip install 'minutebook[postgres]'")
    if driver == "sqlite" and (rest in {"//", "///"} or ":memory:" in rest):
        raise ValueError("an SQLite database must be a file: what is only in memory would be lost.")
    return f"{driver}:{rest}"


def _http_url(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is not an http:// or https:// address.")
    return url


def _timezone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as Europe/Berlin.") from None


def _system_timezone(environ: Mapping[str, str]) -> str:
    """Return the machine's IANA zone, UTC where it cannot be told."""
    named = environ.get("TZ", "").strip(":")
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in (named, linked):
        try:
            return _timezone(name) if name else "UTC"
        except ValueError:
            continue
    return "UTC"


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    """Return `data/` of a checkout, or the user's data folder (XDG) for an installed package."""
    if (ASSETS / "pyproject.toml").is_file():
        return ASSETS / "data"
    home = environ.get("XDG_DATA_HOME") or str(Path("~/.local/share").expanduser())
    return Path(home) / "minutebook"
