"""A body that breaks off on its way through a proxy changes nothing."""

from __future__ import annotations

import itertools
import socket
import sqlite3
import struct
from contextlib import closing

import pytest
from sqlalchemy import text

from tests.attacks.routes import ROUTES, things_of_alice
from tests.deploy.fronts import NAME
from tests.server.test_cut_bodies import WRITING, address_of, body_of, request_of
from tests.support.accounts import COOKIE, SECRET
from tests.support.waiting import eventually
from webapp import create_app
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def things(minutebook):
    """What the addresses name, in each state."""
    folder = minutebook.log.parent
    app = create_app(Settings(data_dir=folder, database_url=f"sqlite:///{folder}/minutebook.db"), commands=False)
    with app.app_context():
        made = {state: things_of_alice(state) for state in sorted({route.state for route in ROUTES.values()})}
        # The server may have taken over the reading of an upload.
        eventually(lambda: not read_connection().scalar(text("SELECT 1 FROM jobs WHERE ended_at IS NULL")))
        leave_transaction()
        db.engine.dispose()
    return made


def rows(minutebook):
    """All that the database holds, but for when a browser or a program was last seen."""
    with closing(sqlite3.connect(minutebook.log.parent / "minutebook.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()
            for name in tables
            if name not in {"sign_ins", "api_tokens", "audit_events"} and not name.startswith("message_search")
        }


def cut(proxy, sent, ends):
    """Send this and break the connection off."""
    connection = proxy.connect()
    connection.connect()
    with connection.sock as tls:
        tls.sendall(sent)
        if ends == "RST":
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            tls.shutdown(socket.SHUT_WR)


def test_a_body_cut_at_every_tenth_changes_nothing_on_any_route(proxy, minutebook, things):
    before = rows(minutebook)
    for name in WRITING:
        body, address = body_of(name), address_of(name, things[ROUTES[name].state])
        for tenth, ends in itertools.product(range(10), ("FIN", "RST")):
            sent = request_of(name, address, body[: len(body) * tenth // 10], len(body))
            sent = sent.replace(b"Host: localhost", f"Host: {NAME}:{proxy.tls_port}".encode())
            cut(proxy, sent.replace(f"{COOKIE}={SECRET}".encode(), f"__Host-{COOKIE}={SECRET}".encode()), ends)
    assert proxy.ask("GET", "/healthz").status == 200
    assert rows(minutebook) == before
