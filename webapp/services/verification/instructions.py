"""Checks of instructions: each is there, in its place and unchanged, also those that wait for an undo."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, null, select

from webapp.models import ChatSession, Instruction, InstructionText, KeptInstruction, Replacement, table_of
from webapp.services.instructions.digests import chained, text_digest
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from webapp.services.verification.values import SnapshotReader

_facts = table_of(Instruction)
_kept = table_of(KeptInstruction)
_texts = table_of(InstructionText)
_sessions = table_of(ChatSession)
_replacements = table_of(Replacement)

_OF_TEXT = (_texts.c.id.label("found_text"), _texts.c.owner_id.label("text_owner"), _texts.c.digest.label("text"))
_FACTS = (
    select(_facts, _sessions.c.message_count, _sessions.c.owner_id, _sessions.c.instructions_digest, *_OF_TEXT)
    .outerjoin_from(_facts, _sessions, _sessions.c.id == _facts.c.session_id)
    .outerjoin(_texts, _texts.c.id == _facts.c.text_id)
)
_KEPT = (
    select(_kept, _replacements.c.first_idx, _replacements.c.base_instructions_digest, _sessions.c.owner_id, *_OF_TEXT)
    .outerjoin_from(_kept, _replacements, _replacements.c.id == _kept.c.replacement_id)
    .outerjoin(_sessions, _sessions.c.id == _replacements.c.session_id)
    .outerjoin(_texts, _texts.c.id == _kept.c.text_id)
)
_LOST = select(_sessions.c.id).where(
    _sessions.c.instructions_digest.is_not(None), ~exists().where(_facts.c.session_id == _sessions.c.id)
)
_is_used = exists().where(_facts.c.text_id == _texts.c.id) | exists().where(_kept.c.text_id == _texts.c.id)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Find instructions that were lost, changed or moved, and texts that are not what they were."""
    for session_id, facts in groupby(reader.rows(_FACTS, _facts.c.session_id, _facts.c.at_idx, _facts.c.place), _first):
        wrong = _wrong_in_transcript(list(facts))
        if wrong is not None:
            yield Finding("instructions", f"chat {session_id}", wrong)
    for session in reader.rows(_LOST, _sessions.c.id):
        yield Finding("instructions", f"chat {session.id}", "Its instructions are not there.")
    for id_, facts in groupby(reader.rows(_KEPT, _kept.c.replacement_id, _kept.c.at_idx, _kept.c.place), _first):
        wrong = _wrong_in_kept(list(facts))
        if wrong is not None:
            yield Finding("instructions", f"replacement {id_}", wrong)
    yield from _check_texts(reader)


def _first(row: Row[Any]) -> str:
    return str(row[0])


def _wrong_in_transcript(facts: list[Row[Any]]) -> str | None:
    last = facts[-1]
    if last.owner_id is None:
        return "It is not there, and instructions of its transcript are."
    if facts[0].at_idx < 0 or last.at_idx >= last.message_count:
        return "Instructions stand where it has no message."
    return _first_wrong(facts, None) or (
        "The last of its instructions are not there." if last.digest != last.instructions_digest else None
    )


def _wrong_in_kept(facts: list[Row[Any]]) -> str | None:
    # A replacement that is not there is a broken reference, which the storage's own check finds.
    if facts[0].first_idx is not None and facts[0].at_idx < facts[0].first_idx:
        return "Instructions stand before the messages that it replaced."
    return _first_wrong(facts, facts[0].base_instructions_digest)


def _first_wrong(facts: list[Row[Any]], before: bytes | None) -> str | None:
    for fact in facts:
        if fact.text_id is not None and (fact.found_text is None or fact.text_owner != fact.owner_id):
            return f"The text of instructions before message {fact.at_idx} is not there, or is somebody else's."
        if chained(before, fact, fact.made_at, fact.text) != fact.digest:
            return f"Instructions before message {fact.at_idx} are not what was kept there."
        before = fact.digest
    return None


def _check_texts(reader: SnapshotReader) -> Iterator[Finding]:
    content = null() if reader.is_quick else _texts.c.content
    statement = select(
        _texts.c.id, _texts.c.digest, _texts.c.struck_at, content.label("content"), _is_used.label("is_used")
    )
    for text in reader.rows(statement, _texts.c.id):
        where = f"text of instructions {text.id}"
        if not text.is_used:
            yield Finding("orphan", where, "No chat has it: it should have gone with the last one.")
        if text.content is None:
            continue
        if text.struck_at is not None and text.content:
            yield Finding("struck", where, "It was removed, and there is a text again.")
        elif text.struck_at is None and text_digest(text.content) != text.digest:
            yield Finding("instructions", where, "It is not what was kept there.")
