"""The tables of 0.36: messages in trees, of which threads are ways. Rows of messages are shared between threads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.importers import left_out, texts, untrusted
from webapp.importers.llm.attachments import attachment_ids, fragment_text, payload_attachment
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.importers.agents.sessions import Facts
    from webapp.importers.agents.turns import Turns
    from webapp.importers.llm.attachments import Attachments
    from webapp.importers.llm.database import Database
    from webapp.importers.records import ImportedFile


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


class ThreadReader:
    """Adds the messages of a thread to turns."""

    def __init__(self, database: Database, attachments: Attachments, facts: Facts, turns: Turns) -> None:
        self._database = database
        self._attachments = attachments
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
        blocks: list[str] = []
        files: list[ImportedFile] = []
        tools: list[tuple[str, str]] = []
        rows = self._database.rows(
            "parts", "id type tool_name text payload", "WHERE message_hash = ? ORDER BY position", (message,)
        )
        for part_id, kind, tool, text, payload in list(rows):
            value = _decoded(payload)
            if kind == "tool_call":
                tools.append((texts.clean(tool) or "tool", _call_id(value)))
            elif kind == "tool_result":
                self._turns.end_tool(_call_id(value), has_failed=bool(_deep(value, "exception")))
            elif kind == "reasoning":
                self._reasoning(self._text(text, value))
            elif kind == "attachment":
                ids = attachment_ids(self._database, "part_attachments", "part_id", part_id)
                found, notes = self._attachments.find(ids or [payload_attachment(value)], self._turns.left_out)
                files += found
                blocks += notes
            else:
                blocks.append(self._words(texts.clean(kind), text, value))
        self._say(role, texts.join_blocks(blocks), time, turn, files)
        for name, call_id in tools:
            self._turns.use_tool(name, call_id)

    def _say(self, role: str, text: str, time: datetime | None, turn: _Turn | None, files: list[ImportedFile]) -> None:
        if role == "user" and (text or files):
            self._turns.prompt(text, time, None, files)
        elif role == "assistant":
            self._turns.answer(text, time, None, turn.model if turn else None, files=files)

    def _reasoning(self, text: str) -> None:
        if text:
            self._turns.think(text)
        else:
            self._turns.left_out[left_out.SEALED_REASONING] += 1

    def _words(self, kind: str, text: Any, payload: Any) -> str:
        words = self._text(text, payload)
        if words or kind == "text":
            return words
        self._turns.left_out[left_out.UNKNOWN_PART] += 1
        return texts.note(f"part of an unknown kind: {kind or 'without a name'}")

    def _text(self, text: Any, payload: Any) -> str:
        """Return a text; in place of one that is put together, its fragments and words."""
        if isinstance(text, str):
            return texts.clean(text)
        pieces = []
        for piece in untrusted.items(payload, "text_ref"):
            fragment = untrusted.at(piece, "fragment")
            pieces.append(untrusted.text(piece, "literal") or fragment_text(self._database, fragment))
        return "".join(pieces)


def _decoded(payload: Any) -> Any:
    try:
        return json.loads(payload) if isinstance(payload, str) else None
    except (ValueError, RecursionError):
        return None


def _call_id(payload: Any) -> str:
    return texts.clean(_deep(payload, "tool_call_id"))


def _deep(payload: Any, key: str) -> Any:
    """Return a value of the payload, or of the object in it that says what kind of part it is."""
    for holder in (payload, *untrusted.mapping(payload).values()):
        if isinstance(holder, dict) and holder.get(key):
            return holder[key]
    return None
