"""Run the benchmark and print its table: `python -m tests.bench`.

It judges nothing: a table whose aims are missed ends as well as one whose aims are met.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import bare, bare_postgres, footprint, live, table
from tests.bench.dataset import build_dataset, least_messages
from tests.bench.http import Client
from tests.bench.operations import COMPRESSED, Operations
from tests.bench.parallel import CLIENTS, compare_parallel
from tests.bench.rounds import compare, compared
from tests.bench.servers import serve_app, serve_floor
from tests.bench.services import app_calls, bare_calls
from tests.bench.transfer import fill_postgres
from tests.support.postgres import TemporaryPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.dataset import Dataset
    from tests.bench.table import Row

_STARTS = 5


def main() -> None:
    """Build, measure, print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="minutebook-bench-") as name:
        folder = Path(name)
        _tell(f"Making {options.sessions:,} sessions with {options.messages:,} messages")
        dataset = build_dataset(folder, options.sessions, options.messages)
        floor = _floor_database(dataset)
        rows = {}
        if options.engine != "postgres":
            rows["SQLite"] = list(_on_sqlite(dataset, floor, options))
        if options.engine != "sqlite" and options.live is not True:
            rows["PostgreSQL"] = list(_on_postgres(dataset, floor, options))
    print(f"{options.sessions:,} sessions, {options.messages:,} messages, {options.rounds} rounds")
    for engine, found in rows.items():
        print(f"\n{engine}\n\n{table.render(found)}")


def _on_sqlite(dataset: Dataset, floor: Path, options: argparse.Namespace) -> Iterator[Row]:
    if options.live is not True:
        yield from _served(dataset, floor, options)
        yield from _footprint(dataset, floor, options)
    if options.live is not False:
        yield from _live(dataset, options)


def _on_postgres(dataset: Dataset, floor: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Measure what is served from a PostgreSQL of its own, which waits for the disk as in production."""
    server = TemporaryPostgres(durable=True)
    try:
        _tell("Copying to PostgreSQL")
        for name in ("book", "floor"):
            server.run_sql(f"CREATE DATABASE {name}")
        fill_postgres(server.url("book"), dataset.path, dataset.folder)
        bare_postgres.copy_database(floor, server.url("floor"))
        url = server.url("book").replace("postgresql:", "postgresql+psycopg:", 1)
        yield from _served(dataset._replace(url=url), server.url("floor"), options)
    finally:
        server.stop()


def _served(dataset: Dataset, database: Path | str, options: argparse.Namespace) -> Iterator[Row]:
    with serve_app(dataset.settings()) as ours, serve_floor(database) as floor:
        with Client(ours.port) as our_client, Client(floor.port) as floor_client:
            mine, bare_ones = Operations(our_client, dataset), Operations(floor_client, dataset)
            for door, calls in (("API", (bare_ones.api(), mine.api())), ("page", (bare_ones.pages(), mine.pages()))):
                _tell(f"One client, {door}")
                found = compare(*calls, options.rounds, options.requests)
                for name, pair in found.items():
                    aim = None if name == COMPRESSED else table.RATIO
                    yield table.timed(f"{door}: {name}", pair, aim=aim)
                yield table.deep_row(f"{door}: deep page ÷ first page", found)
        _tell(f"{CLIENTS} clients")
        for name, pair in compare_parallel(floor, ours, dataset, min(3, options.rounds)).items():
            yield table.counted(f"{CLIENTS} clients: {name}", pair)
    _tell("Services")
    found = compare(bare_calls(dataset, database), app_calls(dataset), options.rounds, options.requests)
    for name, pair in found.items():
        yield table.timed(f"service: {name}", pair, aim=None)


def _floor_database(dataset: Dataset) -> Path:
    """Copy the data for the floor, once the HTML of the sessions that are opened was made and kept."""
    with serve_app(dataset.settings()) as server, Client(server.port) as client:
        for session_id in (dataset.hundred, dataset.thousand, dataset.appended):
            client.get(f"/sessions/{session_id}")
    path = dataset.folder / "floor.db"
    bare.copy_database(str(dataset.path), str(path))
    return path


def _footprint(dataset: Dataset, database: Path, options: argparse.Namespace) -> Iterator[Row]:
    _tell("Start, memory, size")
    settings = dataset.settings()
    starts = []
    for _ in range(_STARTS):
        with serve_floor(database) as floor, serve_app(settings) as ours:
            starts.append((floor.seconds, ours.seconds))
    start = compared(starts)
    yield table.limited("start to the first answer", start.floor, start.ours, table.START_SECONDS, " s", 2)
    with serve_floor(database) as floor, serve_app(settings) as ours:
        theirs, mine = footprint.idle_memory(floor, dataset), footprint.idle_memory(ours, dataset)
        sent, plain = footprint.first_page_bytes(ours)
    if theirs and mine:
        yield table.limited("memory, idle (RSS, all processes)", theirs.rss, mine.rss, table.MEMORY_MB, " MB")
        yield table.limited("memory, idle (PSS, all processes)", theirs.pss, mine.pss, None, " MB")
    installed = None if options.no_install else footprint.install(dataset.folder / "venv")
    if installed:
        least, whole = installed
        yield table.limited("packages installed", least.packages, whole.packages, table.PACKAGES, "")
        yield table.limited("installed, without bytecode", least.source, whole.source, table.INSTALLED_MB, " MB", 1)
        yield table.limited("installed, with bytecode", least.with_bytecode, whole.with_bytecode, None, " MB", 1)
    yield table.limited("first page with CSS and JS, gzip", None, sent / 1e3, None, " kB", 1)
    yield table.limited("first page with CSS and JS, plain", None, plain / 1e3, None, " kB", 1)


def _live(dataset: Dataset, options: argparse.Namespace) -> Iterator[Row]:
    _tell("The first text")
    yield from live.first_text_rows(dataset, options.sends)
    _tell("Many answers at once")
    yield from live.crowd_rows()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure against the floor.")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=30, help="of each operation in a round")
    parser.add_argument("--no-install", action="store_true", help="leave out what is installed (needs a network)")
    parser.add_argument("--sends", type=int, default=100, help="of each kind, for the time to the first text")
    live_help = "only what is live, or all but that; without either, everything"
    parser.add_argument("--live", action=argparse.BooleanOptionalAction, help=live_help)
    options = parser.parse_args()
    if options.sessions < 200 or options.messages < least_messages(options.sessions):
        parser.error(f"at least 200 sessions, and {least_messages(options.sessions):,} messages for so many")
    return options


def _tell(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr)


main()
