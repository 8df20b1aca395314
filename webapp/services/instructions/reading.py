"""Reading of a transcript's instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.models import Instruction as InstructionModel
from webapp.models import InstructionText, table_of
from webapp.services.instruction_values import Instruction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from webapp.services.instruction_values import Key

_facts = table_of(InstructionModel)
_texts = table_of(InstructionText)

_RANGE = (
    select(
        *(_facts.c[name] for name in "at_idx place origin role position number text_id made_at digest".split()),
        _texts.c.content,
        _texts.c.digest.label("text_digest"),
        _texts.c.struck_at,
    )
    .outerjoin_from(_facts, _texts, _texts.c.id == _facts.c.text_id)
    .where(
        _facts.c.session_id == bindparam("session_id"),
        _facts.c.at_idx >= bindparam("low"),
        _facts.c.at_idx < bindparam("high"),
    )
    .order_by(_facts.c.at_idx, _facts.c.place)
)


def read_instructions(connection: Connection, session_id: str, low: int, high: int) -> list[Instruction]:
    """Return the instructions before the messages from `low` (included) to `high` (excluded), in order."""
    values = {"session_id": session_id, "low": low, "high": high}
    return list(map(Instruction._make, connection.execute(_RANGE, values)))


def in_force(facts: Iterable[Instruction]) -> dict[Key, Instruction]:
    """Return what holds after these instructions, in the order in which an assistant is given it."""
    last = {fact.key: fact for fact in facts}
    return {key: last[key] for key in sorted(last) if last[key].text_id is not None}
