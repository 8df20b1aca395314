"""Minutebook: keeps your conversations with AI assistants in a self-hosted minute book."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.config.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None, *, commands: bool = True) -> Flask:
    """Build the app from the given settings, else from the environment's.

    A server needs no `commands`.
    """
    # Imported here, so that the supervisor, which needs no app, does not load it.
    from flask import Flask

    from webapp.config.settings import ASSETS, Settings
    from webapp.state import provide

    app = Flask(__name__, template_folder=str(ASSETS / "templates"), static_folder=str(ASSETS / "static"))
    settings = provide(app, settings or Settings.from_environ())
    for step in STEPS:
        step(app, settings)
    if commands:
        _commands(app)
    return app


def _body_limits(app: Flask, settings: Settings) -> None:
    from webapp.http.body_limits import init_body_limits

    init_body_limits(app, settings)


def _field_limits(app: Flask, settings: Settings) -> None:
    from webapp.http.field_limits import init_field_limits

    init_field_limits(app, settings)


def _urls(app: Flask, _settings: Settings) -> None:
    from webapp.urls import IdConverter

    app.url_map.converters["id"] = IdConverter
    app.url_map.strict_slashes = True


def _logs(app: Flask, settings: Settings) -> None:
    from webapp.observability.request_context import init_requests
    from webapp.observability.request_log import init_logs

    init_requests(app, settings)
    init_logs(app, settings)


def _url_prefix(app: Flask, settings: Settings) -> None:
    from webapp.http.url_prefix import init_url_prefix

    init_url_prefix(app, settings)


def _database(app: Flask, settings: Settings) -> None:
    from webapp.database.engine import init_database
    from webapp.database.transaction import init_transactions

    init_database(app, settings)
    init_transactions(app)


def _assistants(app: Flask, settings: Settings) -> None:
    from webapp.services.assistants.registry import init_assistants

    init_assistants(app, settings)


def _live(app: Flask, settings: Settings) -> None:
    from webapp.services.live.process.runner import init_live

    init_live(app, settings)


def _jobs(app: Flask, settings: Settings) -> None:
    from webapp.services.ingest.jobs import import_jobs
    from webapp.services.jobs.running import JobRunner
    from webapp.services.keeping.jobs import backup_jobs
    from webapp.state import provide

    provide(app, JobRunner(app, import_jobs() | backup_jobs(), settings.data_dir / "jobs"))


def _guards(app: Flask, settings: Settings) -> None:
    from webapp.http.guards import init_guards

    init_guards(app, settings)


def _authentication(app: Flask, settings: Settings) -> None:
    from webapp.http.authentication import init_authentication
    from webapp.http.rate_limits import init_limits
    from webapp.http.refusal_log import init_security_log
    from webapp.http.whole_bodies import init_whole_bodies

    init_authentication(app, settings)
    init_limits(app, settings)
    init_whole_bodies(app)
    init_security_log(app, settings)


def _doors(app: Flask, _settings: Settings) -> None:
    from webapp.api.door import API
    from webapp.http.doors import open_doors
    from webapp.mcp.door import MCP
    from webapp.openai_api.door import OPENAI_API
    from webapp.web.door import WEB

    open_doors(app, (WEB, API, OPENAI_API, MCP))


def _operations(app: Flask, settings: Settings) -> None:
    from webapp.operations import init_operations

    init_operations(app, settings)


def _handlers(app: Flask, _settings: Settings) -> None:
    from webapp.error_handlers import init_handlers

    init_handlers(app)


def _commands(app: Flask) -> None:
    from webapp import cli

    cli.init_app(app)


STEPS: tuple[Callable[[Flask, Settings], None], ...] = (
    _body_limits,
    _urls,
    _logs,
    _url_prefix,
    _database,
    _assistants,
    _live,
    _jobs,
    _guards,
    _field_limits,
    _authentication,
    _doors,
    _operations,
    _handlers,
)
