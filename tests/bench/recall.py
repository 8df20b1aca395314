"""How well questions find the chats that answer them, beside FTS5's own order for the same words.

`python -m tests.bench.recall [--engine sqlite|postgres|both]`. The unit is a conversation, and the haystack is the
whole book. "any" is a conversation that holds evidence.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from tests.bench.chats import write_chats
from tests.bench.labelled import figures, lihua
from tests.bench.transfer import fill_postgres
from tests.support.accounts import ALICE
from tests.support.postgres import TemporaryPostgres
from webapp import create_app
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection
from webapp.services.search.peeking import fit_of
from webapp.services.search.query import parse_question
from webapp.services.search.ranking import rank_question
from webapp.services.search.ranking.keywords import keywords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.bench.labelled import Labelled, Question
    from webapp.services.search.peeking import Fit

_MOST = 100


class Answer(NamedTuple):
    """The chats for a question, best first, and how well the best ones fit."""

    question: Question
    order: list[int]
    fit: Fit


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.recall")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args()
    labelled = lihua()
    with tempfile.TemporaryDirectory(prefix="minutebook-bench-") as name:
        folder = Path(name)
        settings, ids = write_chats(folder / "lihua", labelled.chats)
        print(_heading("LiHua-World", labelled))
        for title, orders in _bare(labelled):
            print(f"  {title:<34} {figures(orders)}")
        if options.engine != "postgres":
            _report("Minutebook on SQLite", settings, ids, labelled)
        if options.engine != "sqlite":
            with _on_postgres(settings, folder) as server:
                _report("Minutebook on PostgreSQL", server.settings, ids, labelled)


def _heading(name: str, labelled: Labelled) -> str:
    answered = sum(1 for question in labelled.questions if question.evidence)
    messages = sum(map(len, labelled.chats))
    return (
        f"{name}: {answered} questions with an answer and {len(labelled.questions) - answered} without; unit: "
        f"conversation; haystack: all {len(labelled.chats)} conversations, {messages:,} messages"
    )


def _report(title: str, settings: Settings, ids: Sequence[str], labelled: Labelled) -> None:
    began = time.process_time()
    answers = list(_answers(settings, ids, labelled.questions))
    spent = (time.process_time() - began) * 1000 / len(answers)
    print(f"  {title:<34} {figures((each.question, each.order) for each in answers)}")
    with_answer = [each for each in answers if each.question.evidence]
    without = [each for each in answers if not each.question.evidence]
    groups: tuple[tuple[str, tuple[Fit, ...]], ...] = (("silent", ("weak", "nothing")), ("not all words", ("partial",)))
    for name, fits in groups:
        kept, null = (_share(group, fits) for group in (with_answer, without))
        print(f"    {name}: {null:.0%} of the questions without an answer, {kept:.1%} of those with one")
    print(f"    {spent:.1f} ms of CPU time of this process a question")


def _share(answers: Sequence[Answer], fits: Sequence[Fit]) -> float:
    return sum(1 for each in answers if each.fit in fits) / len(answers)


def _answers(settings: Settings, ids: Sequence[str], questions: Iterable[Question]) -> Iterator[Answer]:
    places = {session_id: place for place, session_id in enumerate(ids)}
    app = create_app(settings)
    with app.app_context():
        for question in questions:
            found = rank_question(read_connection(), ALICE, parse_question(question.text))
            leave_transaction()
            order = list(dict.fromkeys(places[turn.place.session_id] for turn in found.turns))
            yield Answer(question, order, fit_of(found))
        db.engine.dispose()


def _bare(labelled: Labelled) -> Iterator[tuple[str, list[tuple[Question, list[int]]]]]:
    """Yield the orders of FTS5 by bm25 for any of the same words, stemmed: by message, and by conversation."""
    by_message = [(place, line.content) for place, chat in enumerate(labelled.chats) for line in chat]
    by_chat = [(place, "\n".join(line.content for line in chat)) for place, chat in enumerate(labelled.chats)]
    for title, rows in (("FTS5 bm25, rows: messages", by_message), ("FTS5 bm25, rows: conversations", by_chat)):
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE VIRTUAL TABLE bare USING fts5(place UNINDEXED, content, tokenize = 'porter')")
        connection.executemany("INSERT INTO bare VALUES (?, ?)", rows)
        yield title, [(question, _by_bm25(connection, question.text)) for question in labelled.questions]
        connection.close()


def _by_bm25(connection: sqlite3.Connection, text: str) -> list[int]:
    match = " OR ".join(f'"{" ".join(term.words)}"' for term in keywords(text))
    rows = connection.execute("SELECT place FROM bare WHERE bare MATCH ? ORDER BY rank LIMIT 1000", (match,))
    return list(dict.fromkeys(row[0] for row in rows))[:_MOST]


class _on_postgres:  # noqa: N801 - used as a function
    """A PostgreSQL with the rows of an SQLite file."""

    def __init__(self, source: Settings, folder: Path) -> None:
        self._server = TemporaryPostgres()
        self._server.run_sql("CREATE DATABASE book")
        url = self._server.url("book")
        fill_postgres(url, source.sqlite_path, folder)
        self.settings = Settings(data_dir=folder, database_url=url.replace("postgresql:", "postgresql+psycopg:", 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()


if __name__ == "__main__":
    main()
