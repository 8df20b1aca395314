"""The tables of 0.36: messages in trees, of which threads are ways. Rows of messages are shared between threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.importers import left_out, texts
from webapp.importers.llm.parts import PartReader
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.importers.agents.sessions import Facts
    from webapp.importers.agents.turns import Turns
    from webapp.importers.llm.attachments import Attachments
    from webapp.importers.llm.database import Database


class Thread(NamedTuple):
    id: str
    name: str
    tip: str
    is_fork: bool
    time: datetime | None


class _Turn(NamedTuple):
    parent: str
    tip: str
    model: str | None
    time: datetime | None


def has_threads(database: Database) -> bool:
    return database.has("messages", "hash", "parent_hash", "role") and database.has("turns", "thread_id")


def read_threads(database: Database) -> Iterator[Thread]:
    """Yield the threads."""
    if not has_threads(database):
        return
    for thread_id, name, tip, fork, moment in database.rows(
        "threads", "id name tip_message_hash forked_from datetime_utc", "ORDER BY id"
    ):
        yield Thread(texts.clean(thread_id), texts.clean(name), texts.clean(tip), bool(fork), parse_time(moment))


def is_turn(database: Database, response_id: Any) -> bool:
    """Say whether a row of the older tables stands in the newer ones, too: it has the same id there."""
    if not isinstance(response_id, str) or not database.has("turns", "id"):
        return False
    return any(True for _ in database.rows("turns", "id", "WHERE id = ?", (response_id,)))


class ThreadReader:
    """Adds the messages of a thread to turns."""

    def __init__(self, database: Database, attachments: Attachments, facts: Facts, turns: Turns) -> None:
        self._database = database
        self._parts = PartReader(database, attachments, turns)
        self._facts = facts
        self._turns = turns

    def add(self, thread: Thread) -> None:
        made = [self._turn(row) for row in self._turns_of(thread)]
        tip = thread.tip or (made[-1].tip if made else "")
        path, is_whole = self._path(tip)
        if not is_whole:
            self._turns.note(texts.note("the messages before this one are not in the database"))
        by_tip = {turn.tip: turn for turn in made} | {turn.parent: turn for turn in made if turn.parent}
        for message, role in path:
            self._message(message, role, by_tip.get(message))
        shown = {message for message, _ in path}
        beside = sum(turn.tip not in shown for turn in made)
        if beside:
            self._turns.left_out[left_out.BRANCH] += beside

    def _turns_of(self, thread: Thread) -> Iterator[tuple[Any, ...]]:
        columns = "parent_message_hash tip_message_hash model datetime_utc"
        return self._database.rows("turns", columns, "WHERE thread_id = ? ORDER BY id", (thread.id,))

    def _turn(self, row: tuple[Any, ...]) -> _Turn:
        parent, tip, model, moment = row
        return _Turn(texts.clean(parent), texts.clean(tip), texts.clean_line(model) or None, parse_time(moment))

    def _path(self, tip: str) -> tuple[list[tuple[str, str]], bool]:
        """Return the hashes and roles from the first message to the tip, and whether the first one has no parent."""
        path: list[tuple[str, str]] = []
        seen: set[str] = set()
        current = tip
        while current and current not in seen:
            seen.add(current)
            found = list(self._database.rows("messages", "parent_hash role", "WHERE hash = ?", (current,)))
            if not found:
                return path[::-1], not path
            path.append((current, texts.clean(found[0][1])))
            current = texts.clean(found[0][0])
        return path[::-1], not current

    def _message(self, message: str, role: str, turn: _Turn | None) -> None:
        if role not in ("user", "assistant", "tool"):
            self._turns.left_out[left_out.SYSTEM] += 1
            return
        time = turn.time if turn else None
        self._facts.saw(time)
        self._parts.add(message, role, time, turn.model if turn else None)
