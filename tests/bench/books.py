"""Empty databases of the app to measure in: as many as are wanted, on one of the engines."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask_migrate import upgrade

from tests.bench.dataset import migrate
from tests.support.accounts import SEED
from tests.support.postgres import TemporaryPostgres
from webapp import create_app
from webapp.cli.database import init_migrations
from webapp.config.settings import Settings
from webapp.database.engine import db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def books(engine: str, folder: Path) -> Iterator[Callable[[str], Settings]]:
    """Give a function that makes a migrated database of this name, in which Alice has an account."""
    if engine == "sqlite":
        yield lambda name: _on_sqlite(folder / name)
        return
    server = TemporaryPostgres(durable=True)
    try:
        yield lambda name: _on_postgres(server, folder / name, name)
    finally:
        server.stop()


@contextmanager
def raw(settings: Settings) -> Iterator[Any]:
    """Open a connection of the driver's, set up as the app's are."""
    app = create_app(settings)
    with app.app_context():
        connection = db.engine.raw_connection()
        try:
            yield connection.driver_connection
        finally:
            connection.close()
            db.engine.dispose()


def _on_sqlite(folder: Path) -> Settings:
    folder.mkdir()
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder}/minutebook.db")
    migrate(settings, settings.sqlite_path)
    return settings


def _on_postgres(server: TemporaryPostgres, folder: Path, name: str) -> Settings:
    folder.mkdir()
    server.run_sql(f"CREATE DATABASE {name}")
    settings = Settings(data_dir=folder, database_url=server.url(name).replace("postgresql:", "postgresql+psycopg:", 1))
    app = create_app(settings)
    init_migrations(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    with raw(settings) as connection:
        for statement in SEED:
            connection.execute(statement)
    return settings
