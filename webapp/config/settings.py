"""Every setting with its default and its validation. An invalid setting stops the start and is named."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.config import validators
from webapp.config.environment import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = Path(__file__).resolve().parents[1]

#: `templates/`, `static/` and `migrations/` are beside the package in a checkout and inside it in a wheel.
ASSETS = _PACKAGE / "_assets" if (_PACKAGE / "_assets").is_dir() else _PACKAGE.parent

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
#: prometheus_client reads this variable when it is imported: several processes count together in that folder.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class ConfigError(Exception):
    """One or more settings are invalid. The text names each of them and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The operator's settings. Durations are in seconds, sizes in characters or bytes as the name says."""

    data_dir: Path
    database_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    url_prefix: str = ""
    cors_origins: tuple[str, ...] = ()
    secret_key: str | None = field(default=None, repr=False)
    limits_url: str = field(default="memory://", repr=False)
    writes_a_minute: int = 1200
    metrics_token: str | None = field(default=None, repr=False)
    log_format: str = "text"
    log_level: str = "warning"
    workers: int = 1
    threads: int = 8
    connections: int = 4_000
    connections_per_address: int = 1_000
    followers_each: int = 100
    timezone: str = "UTC"
    default_assistant: str = ""
    assistant_timeout: float = 120.0
    answer_timeout: float = 3_600.0
    model_titles: bool = True
    live_turns: int = 64
    live_turns_each: int = 16
    grace: float = 20.0
    repeat_wait: float = 10.0
    max_content_chars: int = 100_000
    max_body_bytes: int = 1_000_000
    max_history: int = 5_000
    max_file_bytes: int = 25_000_000
    files_each_bytes: int = 5_000_000_000
    max_import_bytes: int = 2_000_000_000
    openai_base_url: str | None = None
    openai_api_key: str | None = field(default=None, repr=False)
    openai_proxy: str | None = field(default=None, repr=False)
    openai_models: tuple[str, ...] = ()
    check_responses: bool = False
    sqlite_lock_timeout: float = 30.0
    backup_before_upgrade: bool = True
    #: 0: none by itself.
    backup_every: float = 0.0
    backups_kept: int = 7
    upgrade_backups_kept: int = 3

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_path(self) -> Path:
        return Path(self.database_url.removeprefix("sqlite:///")).absolute()

    @property
    def backups_dir(self) -> Path:
        return self.data_dir / "backups"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment.

        Raises ConfigError, which names every invalid variable.
        """
        read = Reader(os.environ if environ is None else environ)
        data_dir = Path(read.text("MINUTEBOOK_DATA", str(_default_data_dir(read.environ)))).expanduser().absolute()
        settings = cls(
            data_dir=data_dir,
            database_url=read.parsed("DATABASE_URL", f"sqlite:///{data_dir}/minutebook.db", validators.database_url),
            host=read.parsed("HOST", "127.0.0.1", validators.listening_address),
            port=read.whole("PORT", 8000, 1, 65_535),
            trusted_hosts=read.names("TRUSTED_HOSTS", validators.host_name),
            proxies=read.whole("MINUTEBOOK_PROXIES", 0, 0, 10),
            url_prefix=read.parsed("MINUTEBOOK_URL_PREFIX", "", validators.url_prefix),
            cors_origins=read.names("MINUTEBOOK_CORS_ORIGINS", validators.cors_origin),
            secret_key=read.parsed("MINUTEBOOK_SECRET_KEY", "", validators.secret) or None,
            limits_url=read.parsed("MINUTEBOOK_LIMITS_URL", "memory://", validators.limits_url),
            writes_a_minute=read.whole("MINUTEBOOK_WRITES_A_MINUTE", 1200, 0, 1_000_000),
            metrics_token=read.parsed("MINUTEBOOK_METRICS_TOKEN", "", validators.metrics_token) or None,
            log_format=read.choice("MINUTEBOOK_LOG_FORMAT", ("text", "json")),
            log_level=read.choice("MINUTEBOOK_LOG_LEVEL", LOG_LEVELS),
            workers=read.whole("MINUTEBOOK_WORKERS", 1, 1, 64),
            threads=read.whole("MINUTEBOOK_THREADS", 8, 1, 512),
            connections=read.whole("MINUTEBOOK_CONNECTIONS", 4_000, 1, 1_000_000),
            connections_per_address=read.whole("MINUTEBOOK_CONNECTIONS_PER_ADDRESS", 1_000, 1, 1_000_000),
            followers_each=read.whole("MINUTEBOOK_FOLLOWERS_EACH", 100, 1, 100_000),
            timezone=read.parsed("MINUTEBOOK_TIMEZONE", _system_timezone(read.environ), validators.timezone),
            default_assistant=read.text("MINUTEBOOK_ASSISTANT", ""),
            assistant_timeout=float(read.whole("MINUTEBOOK_ASSISTANT_TIMEOUT", 120, 1, 3_600)),
            answer_timeout=float(read.whole("MINUTEBOOK_ANSWER_TIMEOUT", 3_600, 1, 86_400)),
            model_titles=read.flag("MINUTEBOOK_MODEL_TITLES", default=True),
            live_turns=read.whole("MINUTEBOOK_LIVE_TURNS", 64, 1, 1_000),
            live_turns_each=read.whole("MINUTEBOOK_LIVE_TURNS_EACH", 16, 1, 1_000),
            grace=float(read.whole("MINUTEBOOK_GRACE", 20, 0, 600)),
            repeat_wait=float(read.whole("MINUTEBOOK_REPEAT_WAIT", 10, 0, 600)),
            max_content_chars=read.whole("MINUTEBOOK_MAX_CONTENT", 100_000, 1, 200_000),
            max_history=read.whole("MINUTEBOOK_MAX_HISTORY", 5_000, 1, 100_000),
            max_file_bytes=read.whole("MINUTEBOOK_MAX_FILE", 25_000_000, 1, 1_000_000_000),
            files_each_bytes=read.whole("MINUTEBOOK_FILES_EACH", 5_000_000_000, 0, 10**15),
            max_import_bytes=1_000_000 * read.whole("MINUTEBOOK_MAX_IMPORT", 2_000, 1, 100_000),
            openai_base_url=read.parsed("OPENAI_BASE_URL", "", validators.http_url) or None,
            openai_api_key=read.text("OPENAI_API_KEY", "") or None,
            openai_proxy=read.parsed("OPENAI_PROXY", "", validators.proxy_url) or None,
            openai_models=read.names("OPENAI_MODELS"),
            backup_before_upgrade=read.flag("MINUTEBOOK_BACKUP_BEFORE_UPGRADE", default=True),
            upgrade_backups_kept=read.whole("MINUTEBOOK_UPGRADE_BACKUPS_KEPT", 3, 1, 10_000),
            backup_every=float(read.parsed("MINUTEBOOK_BACKUP_EVERY", "", validators.period) or 0),
            backups_kept=read.whole("MINUTEBOOK_BACKUPS_KEPT", 7, 1, 10_000),
            check_responses=read.flag("MINUTEBOOK_CHECK_RESPONSES"),
        )
        if read.problems:
            raise ConfigError("\n".join(read.problems))
        return settings


def _system_timezone(environ: Mapping[str, str]) -> str:
    """Return the machine's IANA time zone, or UTC if it is unknown."""
    named = environ.get("TZ", "").strip(":")
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in (named, linked):
        try:
            return validators.timezone(name) if name else "UTC"
        except ValueError:
            continue
    return "UTC"


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    """Return `data/` in a checkout, or the user's data folder for an installed package (XDG Base Directory)."""
    if (ASSETS / "pyproject.toml").is_file():
        return ASSETS / "data"
    home = environ.get("XDG_DATA_HOME") or str(Path("~/.local/share").expanduser())
    return Path(home) / "minutebook"
