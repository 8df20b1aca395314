"""The cast and the stage: an app on each database, each test on a fresh copy of a migrated one."""

from __future__ import annotations

import itertools
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache

from tests.support.accounts import ALICE, SEED, Client, seed_sqlite
from tests.support.postgres import TemporaryPostgres
from webapp import create_app
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.models import LOCAL_USER_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from webapp.services.users import CurrentUser

_numbers = itertools.count(1)

#: Brings a migrated PostgreSQL database back to how the migrations left it; first, whoever still holds on is let go.
EMPTY = (
    """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    """,
    (
        "TRUNCATE audit_events, invitations, api_tokens, sign_ins, idempotency_keys, live_turns, session_messages, sessions, "
        "messages, conversations, users RESTART IDENTITY"
    ),
    f"INSERT INTO users (id, name, created_at) VALUES ('{LOCAL_USER_ID}', 'local', now())",
    *SEED,
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[TemporaryPostgres]:
    """A PostgreSQL server with a migrated database `template` with Alice's account."""
    server = TemporaryPostgres()
    try:
        server.run_sql("CREATE DATABASE template")
        _migrate(server.url("template"))
        server.run_sql(*SEED, database="template")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Databases of the PostgreSQL server that are migrated, empty and not in use."""
    return []


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with Alice's account."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    seed_sqlite(path)
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Which database: every test that uses it (by `app`, `user`, `client`…) runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database."""
    if engine_name == "sqlite":
        path = tmp_path / "minutebook.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: TemporaryPostgres = request.getfixturevalue("postgres")
    spare: list[str] = request.getfixturevalue("spare_databases")
    name = spare.pop() if spare else f"test_{next(_numbers)}"
    if name not in server.databases:
        server.copy_database("template", name)
    yield server.url(name)
    if request.node.get_closest_marker("changes_schema"):
        server.drop_database(name)
    else:
        # Emptied and used again: copying a database is the dearest thing a test would do.
        server.run_sql(*EMPTY, database=name)
        spare.append(name)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates that were compiled already: every test has an app of its own, and all have the same templates."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_app(
    database_url: str, tmp_path: Path, compiled_templates: FileSystemBytecodeCache
) -> Iterator[Callable[..., Flask]]:
    """Make an app on the test's database; keyword arguments are settings."""
    apps: list[Flask] = []

    def make(**settings: object) -> Flask:
        given = {
            "data_dir": tmp_path,
            "database_url": _driver(database_url),
            "check_responses": True,
            **settings,
        }
        app = create_app(Settings(**given))  # type: ignore[arg-type]
        app.testing = False
        app.test_client_class = Client
        app.jinja_env.bytecode_cache = compiled_templates
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.extensions["live"].close(0)
        # Their connections go back before the engine goes.
        for thread in threading.enumerate():
            if thread.name in {"writer", "writer heartbeat", "writer aside"}:
                thread.join(2)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app with default settings."""
    return make_app()


@pytest.fixture
def user(app: Flask) -> Iterator[CurrentUser]:
    """Alice, inside the app's context: for tests of services."""
    with app.app_context():
        yield ALICE


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An HTTP client of the app who is Alice, for tests of doors."""
    return app.test_client()


def _driver(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:", 1)


def _migrate(url: str) -> None:
    from pathlib import Path

    app = create_app(
        Settings(
            data_dir=Path("/nonexistent") if "postgres" in url else Path(url[10:]).parent,
            database_url=_driver(url),
        )
    )
    with app.app_context():
        upgrade()
        db.engine.dispose()
