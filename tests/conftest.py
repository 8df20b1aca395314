"""The cast and the stage: an app on each database, each test on a fresh copy of a migrated one."""

from __future__ import annotations

import gc
import itertools
import re
import shutil
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask_migrate import upgrade

from tests.support.accounts import ALICE, SEED, Client, seed_sqlite
from tests.support.compiled import compile_once, share_statements
from tests.support.postgres import TemporaryPostgres
from tests.support.programs import summary
from tests.support.scripted_assistants import Gate
from webapp import create_app
from webapp.cli.database import init_migrations
from webapp.config.settings import Settings
from webapp.database import sqlite_file
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction
from webapp.models import LOCAL_USER_ID
from webapp.services.accounts import passwords
from webapp.services.live.process.pool import Runner
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from webapp.services.users import CurrentUser

_numbers = itertools.count(1)

#: What hashes passwords outside of the tests.
_REAL_HASHER = passwords._hasher
#: How SQLite writes outside of the tests.
_REAL_PRAGMAS = sqlite_file._WRITABLE
#: The threads that use an app: those of its pool, and those that read a stream of it.
_APP_THREADS = {"writer", "writer heartbeat", "writer aside", "stream"}

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("no clock", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("no clock")

#: What a test may have filled; `book` is filled by a migration and never changes.
TABLES = sorted(set(db.metadata.tables) - {"book"})
#: Makes of empty tables what the migrations leave, and Alice.
FIRST_ROWS = (
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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from looking again and again at the tests, which are no garbage.

    It looks less often, too: each test leaves an app, and at its default it took a tenth of the time of all tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, so that no worker has one left when all others have nothing."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that uses a database (by `app`, `user`, `client`…) on both, or on the one that its marker names."""
    parameters = (mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "engine_name" not in metafunc.fixturenames or "engine_name" in parameters:
        return
    mark = metafunc.definition.get_closest_marker("one_database")
    assert len(metafunc._arg2fixturedefs["engine_name"]) == 1, "use the marker one_database"
    engines = [_one_database(*mark.args, **mark.kwargs)] if mark else ["sqlite", "postgres"]
    metafunc.parametrize("engine_name", engines, indirect=True, scope="module")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was skipped for want of a program."""
    for line in summary(terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line(line)


def _one_database(reason: str, *, engine: str = "sqlite") -> str:
    assert reason.endswith("."), "a sentence says why one database is enough"
    assert engine in {"sqlite", "postgres"}
    return engine


@pytest.fixture(scope="module")
def engine_name(request: pytest.FixtureRequest) -> str:
    """The database of the test."""
    return str(request.param)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database."""
    if engine_name == "sqlite":
        yield _copy_sqlite(request, tmp_path)
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
        server.empty_database(name, [*TABLES, "message_search"], *FIRST_ROWS)
        spare.append(name)


@pytest.fixture(scope="module")
def make_shared_app(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Flask]]:
    """Make an app on a new database for all tests of a module, which fill it once and then only read it."""
    with ExitStack() as stack:

        def make() -> Flask:
            folder = tmp_path_factory.mktemp("shared")
            if engine_name == "sqlite":
                url = _copy_sqlite(request, folder)
            else:
                server: TemporaryPostgres = request.getfixturevalue("postgres")
                name = f"shared_{next(_numbers)}"
                server.copy_database("template", name)
                stack.callback(server.drop_database, name)
                url = server.url(name)
            app = _make_app(url, folder)
            stack.callback(_close, app)
            return app

        yield make


def _copy_sqlite(request: pytest.FixtureRequest, folder: Path) -> str:
    path = folder / "minutebook.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compile_once(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def _light_hashes() -> Iterator[None]:
    """Hash passwords with the least memory and one pass: what a guess costs is the matter of one test alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_commits() -> Iterator[None]:
    """Let SQLite leave to the system when it writes: no test cuts the power, and waiting for the disk is half of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_file, "_WRITABLE", (*_REAL_PRAGMAS, "synchronous = OFF"))
        yield


@pytest.fixture
def real_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit as the app does."""
    monkeypatch.setattr(sqlite_file, "_WRITABLE", _REAL_PRAGMAS)


@pytest.fixture(scope="session", autouse=True)
def _pw_trace_api_requests() -> None:
    """Nothing: no test traces requests, and the plugin's own fixture would ask each."""


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A new folder. Pytest's own fixture looks through the folders of all tests before."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.getbasetemp() / f"{name}{next(_numbers)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as the app does."""
    monkeypatch.setattr(passwords, "_hasher", _REAL_HASHER)


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Make an app on the test's database; keyword arguments are settings."""
    apps: list[Flask] = []

    def make(**settings: object) -> Flask:
        apps.append(_make_app(database_url, tmp_path, **settings))
        return apps[-1]

    yield make
    _close(*apps)


def _make_app(url: str, folder: Path, /, **settings: object) -> Flask:
    # Tests count what a provider is asked, so only tests of titles let a model write them.
    given = {
        "data_dir": folder,
        "database_url": _driver(url),
        "check_responses": True,
        "model_titles": False,
        **settings,
    }
    app = create_app(Settings(**given))  # type: ignore[arg-type]
    share_statements(app)
    app.testing = False
    app.test_client_class = Client
    return app


def _close(*apps: Flask) -> None:
    for app in apps:
        current(Runner, app).close(0)
    # Their connections go back before the engine goes. A thread may start another one before it ends.
    while threads := [thread for thread in threading.enumerate() if thread.name in _APP_THREADS]:
        threads[0].join(20)
        assert not threads[0].is_alive(), f"{threads[0].name} does not end"
    for app in apps:
        with app.app_context():
            leave_transaction()
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


@pytest.fixture
def elsewhere(app: Flask, make_app: Callable[..., Flask]) -> FlaskClient:
    """A client of another app on the same database, which knows of replies what the rows say."""
    return make_app().test_client()


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A place in a script at which the reply stands still, at most to the end of the test."""
    gate = Gate()
    yield gate
    gate.open()


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
    init_migrations(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()
