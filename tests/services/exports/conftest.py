"""A second database, of either engine, into which an export is restored."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.conftest import _close, _copy_sqlite, _make_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgres"], ids=["to sqlite", "to postgres"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An app on an empty database of its own."""
    folder = tmp_path_factory.mktemp("target")
    if request.param == "sqlite":
        app = _make_app(_copy_sqlite(request, folder), folder)
        yield app
        _close(app)
        return
    server = request.getfixturevalue("postgres")
    name = f"target_{next(_numbers)}"
    server.copy_database("template", name)
    app = _make_app(server.url(name), folder)
    yield app
    _close(app)
    server.drop_database(name)
