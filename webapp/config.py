"""Every setting, its default and its check. A bad one stops the start and is named."""

from __future__ import annotations

import ipaddress
import os
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
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 32
    timezone: str = "UTC"
    default_assistant: str = ""
    assistant_timeout: float = 120.0
    live_turns: int = 64
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
            host=read.parsed("HOST", "127.0.0.1", loopback),
            port=read.whole("PORT", 8000, 1, 65_535),
            workers=read.whole("MINUTEBOOK_WORKERS", 1, 1, 64),
            threads=read.whole("MINUTEBOOK_THREADS", 32, 1, 512),
            timezone=read.parsed("MINUTEBOOK_TIMEZONE", _system_timezone(read.environ), _timezone),
            default_assistant=read.text("MINUTEBOOK_ASSISTANT", ""),
            assistant_timeout=float(read.whole("MINUTEBOOK_ASSISTANT_TIMEOUT", 120, 1, 3_600)),
            live_turns=read.whole("MINUTEBOOK_LIVE_TURNS", 64, 1, 1_000),
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
        return self.environ.get(name, "").strip() or default

    def parsed(self, name: str, default: str, parse: Callable[[str], str]) -> str:
        value = self.text(name, default)
        try:
            return parse(value)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if value.isascii() and value.isdecimal() and low <= int(value) <= high:
            return int(value)
        self.problems.append(f"{name}: {value!r} is not a whole number from {low} to {high}.")
        return default

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())

    def flag(self, name: str) -> bool:
        value = self.text(name, "no").lower()
        if value not in {"yes", "no", "1", "0", "true", "false"}:
            self.problems.append(f"{name}: {value!r} is neither yes nor no.")
        return value in {"yes", "1", "true"}


def loopback(host: str) -> str:
    """Return the host if only this machine can reach it; raise ValueError otherwise.

    There is no sign-in yet, so whoever reaches the port reads everything.
    """
    try:
        private = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        private = False
    if not private:
        raise ValueError(
            f"{host!r} can be reached from other machines, and Minutebook has no sign-in yet. "
            "Use 127.0.0.1, ::1 or localhost."
        )
    return host


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
