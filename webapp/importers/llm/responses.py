"""The tables to 0.35: a row of `responses` has a prompt and its answer."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts
from webapp.importers.llm.attachments import attachment_ids, fragment_texts
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.importers.agents.sessions import Facts
    from webapp.importers.agents.turns import Turns
    from webapp.importers.llm.attachments import Attachments
    from webapp.importers.llm.database import Database

_COLUMNS = "id conversation_id model prompt system response reasoning datetime_utc"


def has_responses(database: Database) -> bool:
    return database.has("responses", "id", "model", "prompt", "response", "datetime_utc")


def read_responses(database: Database) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Yield the id of each conversation with its rows. A row without a conversation is one of its own."""
    if not has_responses(database):
        return
    order = "ORDER BY conversation_id, datetime_utc, id" if database.has("responses", "conversation_id") else ""
    rows = database.rows("responses", _COLUMNS, order)
    for key, group in groupby(rows, key=lambda row: (row[1], row[0] if row[1] is None else "")):
        yield texts.clean(key[0]) or texts.clean(key[1]), list(group)


def title_of(database: Database, conversation_id: str) -> str:
    found = list(database.rows("conversations", "name", "WHERE id = ?", (conversation_id,)))
    return texts.clean(found[0][0]) if found else ""


class ResponseReader:
    """Adds rows to the turns of a conversation."""

    def __init__(self, database: Database, attachments: Attachments, facts: Facts, turns: Turns) -> None:
        self._database = database
        self._attachments = attachments
        self._facts = facts
        self._turns = turns

    def add(self, row: tuple[Any, ...]) -> None:
        response_id, _, model, prompt, system, response, reasoning, moment = row
        time = parse_time(moment)
        self._facts.saw(time)
        has_system = bool(texts.clean(system).strip())
        if has_system or fragment_texts(self._database, "system_fragments", "response_id", response_id):
            self._turns.left_out[left_out.SYSTEM] += 1
        self._prompt(response_id, prompt, time)
        self._turns.think(texts.clean(reasoning))
        name = texts.clean_line(model) or None
        self._turns.answer(texts.clean(response), time, texts.clean(response_id) or None, name)
        for tool, call_id in self._database.rows(
            "tool_calls", "name tool_call_id", "WHERE response_id = ?", (response_id,)
        ):
            self._turns.use_tool(texts.clean(tool) or "tool", texts.clean(call_id))

    def _prompt(self, response_id: Any, prompt: Any, time: Any) -> None:
        has_results = False
        results = self._database.rows("tool_results", "tool_call_id exception", "WHERE response_id = ?", (response_id,))
        for call_id, exception in results:
            has_results = True
            self._turns.end_tool(texts.clean(call_id), has_failed=bool(exception))
        ids = attachment_ids(self._database, "prompt_attachments", "response_id", response_id)
        files, notes = self._attachments.find(ids, self._turns.left_out)
        fragments = fragment_texts(self._database, "prompt_fragments", "response_id", response_id)
        words = "\n".join(part for part in [*fragments, texts.clean(prompt)] if part)
        text = texts.join_blocks([words, *notes])
        if text or files or not has_results:
            self._turns.prompt(text, time, None, files)
