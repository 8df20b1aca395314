"""The instructions that the end of a live turn will add to its transcript, for the page that shows the turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.services.instruction_values import Instruction
from webapp.services.instructions.reading import in_force, read_instructions
from webapp.services.instructions.storing import changes_to
from webapp.services.live.system_messages import given_in
from webapp.services.lookups import ARCHIVIST

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.live.values import LiveTurn
    from webapp.services.values import SessionRow


def pending_instructions(connection: Connection, session: SessionRow, live: LiveTurn) -> list[Instruction]:
    """Return them in order, without ids of texts (removed ones have None, the others an empty one)."""
    given, has_any = given_in(live), session.instructions_digest is not None
    if not given and (live.assistant == ARCHIVIST or not has_any):
        return []
    at_idx = live.replaces_from_idx if live.replaces_from_idx is not None else live.question_idx
    held = in_force(read_instructions(connection, session.id, 0, at_idx) if has_any else ())
    return [
        Instruction(
            at_idx=change.at_idx,
            place=place,
            origin=change.key.origin,
            role=change.role,
            position=change.key.position,
            number=change.key.number,
            text_id="" if change.given else None,
            made_at=live.asked_at,
            digest=b"",
            content=change.given.content if change.given else None,
            text_digest=None,
            struck_at=change.given.struck_at if change.given else None,
        )
        for place, change in enumerate(changes_to(held, given, at_idx=at_idx, known=at_idx))
    ]
