"""A large ChatGPT export is imported, exported and restored: how fast, beside the driver alone with the same rows.

`python -m tests.bench.ingest [--messages N] [--engine sqlite|postgres|both]`. The chats have 20 messages each. The
import is measured alone, and then beside a person who appends turns through the API of a server on the same database.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.bare_rows import insert_bare, read_bare
from tests.bench.books import books, raw
from tests.bench.chatgpt_export import write_export
from tests.bench.http import Client
from tests.bench.person import Person
from tests.bench.servers import serve_app
from tests.support.server import MINUTEBOOK, environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.config.settings import Settings

_MESSAGES_OF_CHAT = 20


class Ran(NamedTuple):
    """A command that ended: its seconds, and the peak of its resident memory in megabytes."""

    seconds: float
    peak: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ingest")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="sqlite")
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between two appends of the person")
    options = parser.parse_args()
    engines = ("sqlite", "postgres") if options.engine == "both" else (options.engine,)
    with tempfile.TemporaryDirectory(prefix="minutebook-bench-") as name:
        source = Path(name) / "conversations.json"
        write_export(source, options.messages // _MESSAGES_OF_CHAT, options.messages)
        print(f"{options.messages:,} messages, {source.stat().st_size / 1e6:,.0f} MB of JSON")
        for engine in engines:
            print(f"\n{engine}")
            folder = Path(name) / engine
            folder.mkdir()
            with books(engine, folder) as new_book:
                _measure(new_book, source, options.messages, options.pause)


def _measure(new_book: Callable[[str], Settings], source: Path, messages: int, pause: float) -> None:
    alone = new_book("alone")
    ran = _import(alone, source)
    bare = messages / insert_bare(alone, new_book("bare"))
    print(f"  bare inserts: {bare:,.0f} messages a second")
    _print_import("import alone", alone, ran, messages, bare)

    shared = new_book("shared")
    with serve_app(shared) as server, Client(server.port) as client:
        person = Person(client, pause)
        ran = _import(shared, source)
        waits = person.stop()
    _print_import("import beside a person", shared, ran, messages, bare)
    print(f"    {waits}")

    archive = alone.data_dir / "all.zip"
    bare_read = messages / read_bare(alone, alone.data_dir / "bare.zip")
    ran = _run(alone, "export", str(archive), "--user", "alice")
    rate = messages / ran.seconds
    print(f"  bare reads into a zip: {bare_read:,.0f} messages a second")
    print(f"  export: {rate:,.0f} messages a second, ratio {rate / bare_read:.2f}; peak {ran.peak:,.0f} MB")

    restored = new_book("restored")
    _print_import("restore", restored, _import(restored, archive), messages, bare)


def _print_import(what: str, book: Settings, ran: Ran, messages: int, bare: float) -> None:
    spans = _spans(book)
    rate = messages / spans["import-write"]
    print(
        f"  {what}: read in {spans['import-read']:,.1f} s, written in {spans['import-write']:,.1f} s: {rate:,.0f} "
        f"messages a second, ratio {rate / bare:.2f}; whole command {ran.seconds:,.1f} s; peak {ran.peak:,.0f} MB"
    )


def _import(book: Settings, source: Path) -> Ran:
    return _run(book, "import", str(source), "--yes", "--user", "alice")


def _run(book: Settings, *arguments: str) -> Ran:
    began = time.perf_counter()
    command = subprocess.Popen(
        [str(MINUTEBOOK), *arguments], env=environment(book.database_url, book.data_dir), stdout=sys.stderr
    )
    _, status, usage = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode:
        raise subprocess.CalledProcessError(command.returncode, command.args)
    return Ran(time.perf_counter() - began, usage.ru_maxrss / 1000)


def _spans(book: Settings) -> dict[str, float]:
    """Return the seconds of each job, by its own times."""
    with raw(book) as connection:
        rows = connection.execute("SELECT kind, created_at, ended_at FROM jobs").fetchall()
    return {kind: (_moment(ended) - _moment(began)).total_seconds() for kind, began, ended in rows}


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


if __name__ == "__main__":
    main()
