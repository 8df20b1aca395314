"""Memory after many sign-ins: `python -m tests.bench.memory`.

Prints the server's resident megabytes at the start, after some requests, and after so many wrong and so many right
passwords, sent by as many clients at once as the server has threads. Ends with status 1 if the last two are more than
the aim above the start.
"""

from __future__ import annotations

import argparse
import http.client
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.bench.dataset import migrate
from tests.bench.footprint import resident
from tests.bench.servers import serve_app
from tests.support.accounts import PASSWORD
from webapp.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.servers import Server

CLIENTS = 32
#: Megabytes.
AIM = 20.0


def main() -> None:
    """Sign in and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__.splitlines()[0])
    parser.add_argument("--sign-ins", type=int, default=1_000, help="with a wrong and with a right password, each")
    count = parser.parse_args().sign_ins
    with tempfile.TemporaryDirectory(prefix="minutebook-memory-") as name:
        folder = Path(name)
        settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'minutebook.db'}")
        migrate(settings, folder / "minutebook.db")
        # Each attempt claims an address of its own: what is measured is the work, not the limits.
        with serve_app(settings, MINUTEBOOK_PROXIES="1") as server:
            start = _told("at the start", server)
            _at_once(server, count, _visit)
            _told(f"after {count} visits by {CLIENTS} clients", server)
            _at_once(server, count, _fail)
            wrong = _told(f"after {count} wrong passwords", server)
            _at_once(server, count, _succeed)
            right = _told(f"after {count} right passwords", server)
    grown = max(wrong, right) - start
    print(f"{grown:+.1f} MB; the aim is {AIM:.0f} MB at most")
    raise SystemExit(grown > AIM)


def _told(moment: str, server: Server) -> float:
    time.sleep(1)
    megabytes = resident(server.pid)
    print(f"{megabytes:7.1f} MB {moment}")
    return megabytes


def _at_once(server: Server, count: int, act: Callable[[Server, int], None]) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in pool.map(lambda number: act(server, number), range(count)):
            pass


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
