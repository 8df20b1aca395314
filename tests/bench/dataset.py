"""The database that is measured: the app's own schema, filled by plain SQL because the services would take minutes."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from flask_migrate import upgrade

from tests.bench.words import Writer
from tests.support.accounts import seed_sqlite
from webapp import create_app
from webapp.cli.database import init_migrations
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.database.search_text import search_text
from webapp.database.types import instant_text
from webapp.ids import new_id
from webapp.models import HERE, LOCAL_USER_ID
from webapp.services.titles import automatic_title, fold
from webapp.services.transcripts.digests import extend
from webapp.services.transcripts.numbers import number_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SEED = 13
#: The sessions that are opened, and one more of a thousand that takes the appends: what is opened stays as long.
LENGTHS = (100, 1_000, 1_000)
_MARKED = 0.005
_END = datetime(2026, 10, 31, tzinfo=UTC)

_INSERT_CONVERSATION = "INSERT INTO conversations (id, owner_id, origin, created_at) VALUES (?, ?, ?, ?)"
_INSERT_SESSION = (
    "INSERT INTO sessions (id, owner_id, conversation_id, title, title_folded, title_source, pinned, archived, "
    "message_count, revision, created_at, updated_at, last_activity_at) "
    "VALUES (?, ?, ?, ?, ?, 'auto', ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_MESSAGE = (
    "INSERT INTO messages (id, conversation_id, role, create_time, content, model, finish_reason, usage, seq) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_LINK = "INSERT INTO session_messages (session_id, idx, message_id, digest) VALUES (?, ?, ?, ?)"


class Dataset(NamedTuple):
    """A filled database and the sessions in it that are opened and appended to."""

    folder: Path
    hundred: str
    thousand: str
    appended: str
    #: Of PostgreSQL; without it, the SQLite file is the database.
    url: str | None = None

    @property
    def path(self) -> Path:
        """The file of the database."""
        return self.folder / "minutebook.db"

    def settings(self) -> Settings:
        """Return the app's settings for this database; all others are their defaults."""
        return Settings(data_dir=self.folder, database_url=self.url or f"sqlite:///{self.path}")


def least_messages(sessions: int) -> int:
    """Return how few messages so many sessions can have: the long ones, and a turn for each other one."""
    return sum(LENGTHS) + 2 * (sessions - len(LENGTHS))


def build_dataset(folder: Path, sessions: int, messages: int) -> Dataset:
    """Migrate a database in the folder and fill it, index included."""
    dataset = Dataset(folder, new_id(), new_id(), new_id())
    migrate(dataset.settings(), dataset.path)
    connection = sqlite3.connect(dataset.path)
    connection.create_function("search_text", 1, search_text, deterministic=True)
    ids = [dataset.hundred, dataset.thousand, dataset.appended, *(new_id() for _ in range(sessions - 3))]
    with connection:
        # The index is made at once at the end: four times as fast as by its trigger, a row at a time.
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'message_search%'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        _fill(connection, ids, _lengths(sessions, messages))
        connection.execute("INSERT INTO message_search (message_search) VALUES ('rebuild')")
        for _, statement in triggers:
            connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return dataset


def migrate(settings: Settings, path: Path) -> None:
    """Make an empty database in which Alice has an account."""
    app = create_app(settings)
    init_migrations(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    seed_sqlite(path)


def _lengths(sessions: int, messages: int) -> list[int]:
    """Share the messages out, a turn at the least, unevenly: some chats are long, most are short."""
    rng = random.Random(_SEED)
    others = range(len(LENGTHS), sessions)
    turns = (messages - least_messages(sessions)) // 2
    liked = [rng.paretovariate(2) for _ in others]
    more = Counter(rng.choices(others, weights=liked, k=turns))
    return [*LENGTHS, *(2 + 2 * more[number] for number in others)]


def _fill(connection: sqlite3.Connection, ids: list[str], lengths: list[int]) -> None:
    rng, writer = random.Random(_SEED), Writer(_SEED)
    step = timedelta(days=730) / len(ids)
    numbered: Counter[int] = Counter()
    for number, (session_id, length) in enumerate(zip(ids, lengths, strict=True)):
        # The long ones stand in the middle of the list.
        place = number if number >= len(LENGTHS) else len(ids) // 2
        begun = _END - timedelta(days=730) + step * place
        conversation_id = new_id()
        rows = list(_messages(writer, rng, conversation_id, length, begun))
        title = automatic_title(rows[0][4])
        first, last = instant_text(begun), rows[-1][3]
        flags = (number % 2_000 == 77, number % 50 == 49)
        connection.execute(_INSERT_CONVERSATION, (conversation_id, LOCAL_USER_ID, HERE, first))
        connection.execute(
            _INSERT_SESSION,
            (
                *(session_id, LOCAL_USER_ID, conversation_id, title, fold(title), *flags),
                *(length, 1 + length // 2, first, last, last),
            ),
        )
        connection.executemany(_INSERT_MESSAGE, [(*row, _number(row[3], numbered)) for row in rows])
        connection.executemany(_INSERT_LINK, _links(session_id, rows))


def _number(moment: str, numbered: Counter[int]) -> int:
    """Return the next number of the message's minute. No minute here is full."""
    first = number_from(datetime.fromisoformat(moment))
    numbered[first] += 1
    return first + numbered[first] - 1


def _links(session_id: str, messages: list[tuple[Any, ...]]) -> Iterator[tuple[str, int, str, bytes]]:
    digest = None
    for idx, (message_id, _, role, _, content, *_) in enumerate(messages):
        digest = extend(digest, role, content)
        yield session_id, idx, message_id, digest


def _messages(
    writer: Writer, rng: random.Random, conversation_id: str, length: int, begun: datetime
) -> Iterator[tuple[Any, ...]]:
    for idx in range(length):
        marked = rng.random() < _MARKED
        moment = instant_text(begun + timedelta(minutes=idx))
        if idx % 2:
            text = writer.answer(marked=marked)
            usage = f'{{"input_tokens": {len(text) * idx}, "output_tokens": {len(text) // 4}}}'
            yield new_id(), conversation_id, "assistant", moment, text, "gpt-5-mini", "stop", usage
        else:
            yield new_id(), conversation_id, "user", moment, writer.question(marked=marked), None, None, None
