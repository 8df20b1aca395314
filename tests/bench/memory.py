"""Memory after many sign-ins and requests: `python -m tests.bench.memory`.

Prints the server's resident megabytes at the start, after some visits, after so many wrong and so many right passwords
sent by 32 clients at once, and after so many requests of all kinds by 8 clients. Ends with status 1 if one of the last
three is more than the aim above the start.
"""

from __future__ import annotations

import argparse
import http.client
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.bench.dataset import migrate
from tests.bench.footprint import resident
from tests.bench.servers import serve_app
from tests.support.accounts import BEARER, COOKIE, PASSWORD, SECRET
from webapp.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.servers import Server

CLIENTS = 32
#: Megabytes.
AIM = 20.0

_JSON = {**BEARER, "Content-Type": "application/json"}
_BROWSER = {"Cookie": f"{COOKIE}={SECRET}"}


def main() -> None:
    """Sign in and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__.splitlines()[0])
    parser.add_argument("--sign-ins", type=int, default=1_000, help="with a wrong and with a right password, each")
    parser.add_argument("--requests", type=int, default=30_000, help="of all kinds")
    given = parser.parse_args()
    count = given.sign_ins
    with tempfile.TemporaryDirectory(prefix="minutebook-memory-") as name:
        folder = Path(name)
        settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'minutebook.db'}")
        migrate(settings, folder / "minutebook.db")
        # Each attempt claims an address of its own: what is measured is the work, not the limits.
        with serve_app(settings, MINUTEBOOK_PROXIES="1", MINUTEBOOK_WRITES_A_MINUTE="0") as server:
            start = _told("at the start", server)
            _at_once(server, count, _visit)
            _told(f"after {count} visits by {CLIENTS} clients", server)
            _at_once(server, count, _fail)
            wrong = _told(f"after {count} wrong passwords", server)
            _at_once(server, count, _succeed)
            right = _told(f"after {count} right passwords", server)
            chats = _Chats(server)
            _at_once(server, given.requests, chats.act, clients=8)
            mixed = _told(f"after {given.requests} requests of all kinds", server)
    grown = max(wrong, right, mixed) - start
    print(f"{grown:+.1f} MB; the aim is {AIM:.0f} MB at most")
    raise SystemExit(grown > AIM)


def _told(moment: str, server: Server) -> float:
    time.sleep(1)
    megabytes = resident(server.pid)
    print(f"{megabytes:7.1f} MB {moment}")
    return megabytes


def _at_once(server: Server, count: int, act: Callable[[Server, int], None], *, clients: int = CLIENTS) -> None:
    with ThreadPoolExecutor(clients) as pool:
        for _ in pool.map(lambda number: act(server, number), range(count)):
            pass


class _Chats:
    """Requests on 400 chats: of ten, three read a page, four read by the API, two append and one searches."""

    def __init__(self, server: Server) -> None:
        self.ids = [self._create(server, number) for number in range(400)]

    def act(self, server: Server, number: int) -> None:
        """Send one of them."""
        chat = self.ids[number % len(self.ids)]
        kind = number % 10
        if kind in {4, 9}:
            said = f"Number {number} of the bottles that hang on the wall. " * 20
            body = json.dumps({"user": {"content": said}, "assistant": {"content": said}})
            assert _ask(server, "POST", f"/api/v1/sessions/{chat}/turns", body, _JSON) == 201
            return
        path = ("/", f"/sessions/{chat}", f"/search?q=number+{number}", "/api/v1/sessions", "",
                f"/api/v1/sessions/{chat}", f"/api/v1/sessions/{chat}/messages?limit=50", "/api/v1/sessions?limit=100",
                f"/api/v1/search?q=bottles+{number}")[kind]  # fmt: skip
        assert _ask(server, "GET", path, None, BEARER if path.startswith("/api") else _BROWSER) in {200, 302, 303}, path

    def _create(self, server: Server, number: int) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        with closing(connection):
            connection.request("POST", "/api/v1/sessions", json.dumps({"title": f"Chat {number}"}), _JSON)
            return str(json.load(connection.getresponse())["id"])


def _visit(server: Server, _number: int) -> None:
    assert _ask(server, "GET", "/sign-in") == 200


def _fail(server: Server, number: int) -> None:
    assert _sign_in(server, f"nobody-{number}", "a wrong password", number) == 401


def _succeed(server: Server, number: int) -> None:
    assert _sign_in(server, "alice", PASSWORD, number) == 303


def _sign_in(server: Server, name: str, password: str, number: int) -> int:
    body = urlencode({"name": name, "password": password})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
    }
    return _ask(server, "POST", "/sign-in", body, headers)


def _ask(server: Server, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


if __name__ == "__main__":
    main()
