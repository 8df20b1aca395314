"""The services without a server around them, against the bare driver."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

from tests.bench import bare as bare_sqlite
from tests.bench import bare_postgres
from tests.bench.words import MARKER, Writer
from tests.support.accounts import ALICE
from tests.support.searching import search_messages
from webapp import create_app
from webapp.database.transaction import leave_transaction
from webapp.services.sessions.listing import list_sessions
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from tests.bench.dataset import Dataset
    from tests.bench.rounds import Calls


def app_calls(dataset: Dataset) -> Calls:
    """Return the services' calls, each in a context of its own: with a database session, as a request has it."""
    app, user = create_app(dataset.settings(), commands=False), ALICE

    def within(service: Callable[..., object], *arguments: Any) -> Callable[[], object]:
        def call() -> object:
            with app.app_context():
                return service(*arguments)

        return call

    def append() -> object:
        question, answer = next(turns)
        return append_turn(user, dataset.appended, NewMessage(content=question), NewMessage(content=answer))

    turns = cycle(_turns())
    cursor = _deep_cursor(app)
    return {
        "list, first page": within(list_sessions, user),
        "list, deep page": within(lambda: list_sessions(user, cursor=cursor)),
        "open 100 messages": within(read_transcript, user, dataset.hundred),
        "open 1,000 messages": within(read_transcript, user, dataset.thousand),
        "append a turn to 1,000": within(append),
        "search a word of 0.5 %": within(search_messages, user, MARKER),
    }


def bare_calls(dataset: Dataset, database: Path | str) -> Calls:
    """Return the same work by the driver alone."""
    bare: Any = bare_postgres if dataset.url else bare_sqlite
    connection = bare.connect(str(database))

    def read(session_id: str) -> object:
        return bare.read_session(connection, session_id), bare.read_messages(connection, session_id)

    cursors = [""]
    while following := bare.list_sessions(connection, cursors[-1])[1]:
        cursors.append(following)
    turns = cycle(_turns())
    return {
        "list, first page": lambda: bare.list_sessions(connection, None),
        "list, deep page": lambda: bare.list_sessions(connection, cursors[-2]),
        "open 100 messages": lambda: read(dataset.hundred),
        "open 1,000 messages": lambda: read(dataset.thousand),
        "append a turn to 1,000": lambda: bare.append_turn(connection, dataset.appended, *next(turns)),
        "search a word of 0.5 %": lambda: bare.search(connection, MARKER),
    }


def _turns() -> list[tuple[str, str]]:
    writer = Writer(2)
    return [(writer.question(), writer.answer()) for _ in range(200)]


def _deep_cursor(app: Flask) -> str:
    cursors = [""]
    with app.app_context():
        while following := list_sessions(ALICE, cursor=cursors[-1]).next:
            cursors.append(following)
        leave_transaction()
    return cursors[-2]
