"""A ChatGPT export of 400,000 messages: how fast it is imported, beside bare `executemany` into the same tables.

`python -m tests.bench.ingest [--chats N] [--messages N] [--engine sqlite|postgres|both]`. Meanwhile a person appends turns
through the API of a server on the same database, whose waiting time is printed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.dataset import migrate
from tests.bench.http import Client
from tests.bench.servers import serve_app
from tests.support.accounts import SEED
from tests.support.exports import EXPORTS, read_exports
from tests.support.postgres import TemporaryPostgres
from tests.support.server import MINUTEBOOK, environment
from webapp import create_app
from webapp.cli.database import init_migrations
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.ids import new_id
from webapp.services.transcripts.numbers import number_from

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCH = 500


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ingest")
    parser.add_argument("--chats", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=400_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="minutebook-bench-") as name:
        folder = Path(name)
        export = folder / "conversations.json"
        write_export(export, options.chats, options.messages)
        print(f"{options.chats:,} chats, {options.messages:,} messages, {export.stat().st_size / 1e6:,.0f} MB of JSON")
        if options.engine != "postgres":
            _measure("SQLite", Settings(data_dir=folder, database_url=f"sqlite:///{folder}/minutebook.db"), export)
        if options.engine != "sqlite":
            server = TemporaryPostgres(durable=True)
            try:
                server.run_sql("CREATE DATABASE book")
                url = server.url("book").replace("postgresql:", "postgresql+psycopg:", 1)
                _measure("PostgreSQL", Settings(data_dir=folder / "postgres", database_url=url), export)
            finally:
                server.stop()


def write_export(path: Path, chats: int, messages: int) -> None:
    """Write an export in the shape of 2024, of texts of real chats in random order."""
    texts = sorted(_real_texts())
    rng = random.Random(13)
    each = messages // chats
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for number in range(chats):
            file.write(("," if number else "") + json.dumps(_chat(number, each, texts, rng)))
        file.write("]")


def _real_texts() -> set[str]:
    names = ["chatgpt/librechat-chatgpt-export.json", "claude/simonw-artifacts.json", "other/oasst-en_100_tree.jsonl"]
    found = {
        message.content[:4_000]
        for name in names
        for chat in read_exports(EXPORTS / name).conversations
        for message in chat.messages
    }
    return {text for text in found if text.strip()}


def _chat(number: int, count: int, texts: list[str], rng: random.Random) -> dict[str, Any]:
    began = 1_600_000_000 + number * 7_000
    mapping: dict[str, Any] = {}
    parent = None
    for place in range(count):
        node = f"{number:08x}-{place:04x}"
        mapping[node] = {
            "id": node,
            "parent": parent,
            "children": [],
            "message": {
                "id": node,
                "author": {"role": ("user", "assistant")[place % 2], "name": None, "metadata": {}},
                "create_time": began + place * 40,
                "content": {"content_type": "text", "parts": [f"{rng.choice(texts)} {number}"]},
                "status": "finished_successfully",
                "weight": 1.0,
                "recipient": "all",
                "metadata": {"model_slug": "gpt-4"},
            },
        }
        parent = node
    return {
        "id": f"{number:032x}", "title": f"Chat {number}", "create_time": began, "update_time": began + count * 40,
        "mapping": mapping, "current_node": parent,
    }  # fmt: skip


def _measure(name: str, settings: Settings, export: Path) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    _migrate(settings)
    with serve_app(settings) as server, Client(server.port) as client:
        person = _Person(client)
        began = time.monotonic()
        peak = _import(settings, export)
        seconds = time.monotonic() - began
        waits = person.stop()
    count, written, reading = _phases(settings)
    bare = _bare(settings, name)
    print(f"\n{name}")
    print(f"  whole import: {seconds:,.1f} s, of that reading and comparing {reading:,.1f} s, writing {written:,.1f} s")
    print(f"  written: {count / written:,.0f} messages a second; whole: {count / seconds:,.0f}")
    print(f"  bare executemany: {bare:,.0f} messages a second; ratio of writing {count / written / bare:.2f}")
    print(f"  peak memory of the importing process: {peak:,.0f} MB")
    quantiles = statistics.quantiles(waits, n=100)
    print(
        f"  {len(waits):,} appends meanwhile: p50 {quantiles[49] * 1000:,.0f} ms, p95 {quantiles[94] * 1000:,.0f} ms, "
        f"p99 {quantiles[98] * 1000:,.0f} ms, longest {max(waits) * 1000:,.0f} ms"
    )


def _migrate(settings: Settings) -> None:
    if settings.on_sqlite:
        migrate(settings, settings.sqlite_path)
        return
    import psycopg
    from flask_migrate import upgrade

    app = create_app(settings)
    init_migrations(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    with psycopg.connect(settings.database_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        for statement in SEED:
            connection.execute(statement.encode())


class _Person:
    """Appends a turn to a chat every 20 milliseconds."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._session = client.post("/api/v1/sessions", b"{}").json()["id"]
        self._waits: list[float] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._act)
        self._thread.start()

    def stop(self) -> list[float]:
        self._is_over.set()
        self._thread.join()
        return self._waits

    def _act(self) -> None:
        turn = json.dumps({"user": {"content": "A question"}, "assistant": {"content": "An answer"}}).encode()
        while not self._is_over.wait(0.02):
            began = time.monotonic()
            self._client.post(f"/api/v1/sessions/{self._session}/turns", turn)
            self._waits.append(time.monotonic() - began)


def _import(settings: Settings, export: Path) -> float:
    """Run the command, and return the peak of its resident memory in megabytes."""
    command = [str(MINUTEBOOK), "import", str(export), "--yes", "--user", "alice"]
    subprocess.run(command, env=environment(settings.database_url, settings.data_dir), check=True, stdout=sys.stderr)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def _phases(settings: Settings) -> tuple[int, float, float]:
    """Return how many messages were imported, and the seconds of writing and of reading, by the jobs' own times."""
    from sqlalchemy import text

    app = create_app(settings)
    with app.app_context():
        rows = db.session.execute(text("SELECT kind, created_at, ended_at FROM jobs ORDER BY created_at")).all()
        count = db.session.execute(text("SELECT count(*) FROM messages")).scalar_one()
        db.session.remove()
        db.engine.dispose()
    spans = {kind: (_moment(ended) - _moment(began)).total_seconds() for kind, began, ended in rows}
    return count, spans["import-write"], spans["import-read"]


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _bare(settings: Settings, engine: str) -> float:
    """Insert copies of the imported messages by `executemany` alone, and return messages a second."""
    count = 20_000
    rows = list(islice(_copies(settings, engine), count))
    links = [
        {"id": new_id(), **row, "seq": number_from(datetime(2030, 1, 1, tzinfo=UTC)) + place}
        for place, row in enumerate(rows)
    ]
    app = create_app(settings)
    with app.app_context():
        raw = db.engine.raw_connection()
        cursor = raw.cursor()
        mark = ":{}" if settings.on_sqlite else "%({})s"
        names = ("seq", "id", "conversation_id", "role", "create_time", "content", "model", "is_lookup")
        insert = f"INSERT INTO messages ({', '.join(names)}) VALUES ({', '.join(mark.format(name) for name in names)})"
        link_names = ("session_id", "idx", "message_id", "digest")
        link = f"INSERT INTO session_messages ({', '.join(link_names)}) VALUES ({', '.join(mark.format(n) for n in link_names)})"
        began = time.monotonic()
        for start in range(0, count, _BATCH):
            few = links[start : start + _BATCH]
            cursor.execute("BEGIN IMMEDIATE" if settings.on_sqlite else "BEGIN")
            cursor.executemany(insert, few)
            cursor.executemany(link, [_link(row, start + place) for place, row in enumerate(few)])
            cursor.execute("COMMIT")
        seconds = time.monotonic() - began
        raw.close()
        db.engine.dispose()
    return count / seconds


def _link(row: dict[str, Any], place: int) -> dict[str, Any]:
    return {
        "session_id": row["session_id"], "idx": 1_000_000 + place, "message_id": row["id"],
        "digest": place.to_bytes(16, "big"),
    }  # fmt: skip


def _copies(settings: Settings, engine: str) -> Iterator[dict[str, Any]]:
    query = (
        "SELECT m.conversation_id, m.role, m.create_time, m.content, m.model, m.is_lookup, s.session_id FROM messages AS m "
        "JOIN session_messages AS s ON s.message_id = m.id LIMIT 20000"
    )
    names = ("conversation_id", "role", "create_time", "content", "model", "is_lookup", "session_id")
    if engine == "SQLite":
        with sqlite3.connect(settings.sqlite_path) as connection:
            yield from (dict(zip(names, row, strict=True)) for row in connection.execute(query).fetchall())
        connection.close()
        return
    import psycopg

    with psycopg.connect(settings.database_url.replace("+psycopg", "", 1)) as connection:
        yield from (dict(zip(names, row, strict=True)) for row in connection.execute(query.encode()).fetchall())


if __name__ == "__main__":
    main()
