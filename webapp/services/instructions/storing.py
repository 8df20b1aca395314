"""Storing of what a turn was made with, in the transaction that stores the turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from webapp.ids import utc_now
from webapp.models import ChatSession, table_of
from webapp.models import Instruction as InstructionModel
from webapp.services.instruction_values import CLIENT
from webapp.services.instructions.digests import chained, digest_of
from webapp.services.instructions.reading import in_force, read_instructions
from webapp.services.instructions.texts import ensure_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from webapp.services.instruction_values import Given, Instruction, Key
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_facts = table_of(InstructionModel)

_INSERT = insert(_facts)
_last_digest = (
    select(_facts.c.digest)
    .where(_facts.c.session_id == bindparam("of_session"))
    .order_by(_facts.c.at_idx.desc(), _facts.c.place.desc())
    .limit(1)
    .scalar_subquery()
)
_RENEW = update(_sessions).where(_sessions.c.id == bindparam("of_session")).values(instructions_digest=_last_digest)


class Change(NamedTuple):
    """A text that is given from the message at `at_idx` on, or no longer (`given` is None)."""

    at_idx: int
    key: Key
    role: str
    given: Given | None


class _Fact(NamedTuple):
    at_idx: int
    place: int
    origin: str
    role: str
    position: int
    number: int


def store_given(
    connection: Connection, user: CurrentUser, session_id: str, given: Sequence[Given], *, at_idx: int, known: int
) -> None:
    """Store how what a turn was given differs from what the transcript says. Without a difference nothing is stored.

    Changes stand before the message at `at_idx`. Texts that a client placed after the first `known` messages, which
    the transcript had before, stand in their places. The caller has locked the account and the session.
    """
    facts = read_instructions(connection, session_id, 0, at_idx + 2)
    changes = changes_to(in_force(facts), given, at_idx=at_idx, known=known)
    if not changes:
        return
    ids = ensure_texts(connection, user, [change.given for change in changes if change.given])
    before, now = (facts[-1].digest if facts else None), utc_now()
    rows = []
    for place, change in enumerate(changes, start=facts[-1].place + 1 if facts else 0):
        fact = _Fact(change.at_idx, place, change.key.origin, change.role, change.key.position, change.key.number)
        text_id = ids[change.given] if change.given else None
        before = chained(before, fact, now, digest_of(change.given) if change.given else None)
        rows.append(fact._asdict() | {"session_id": session_id, "text_id": text_id, "made_at": now, "digest": before})
    connection.execute(_INSERT, rows)
    renew_last_digest(connection, session_id)


def changes_to(held: dict[Key, Instruction], given: Sequence[Given], *, at_idx: int, known: int) -> list[Change]:
    """Return the changes from what is in force to what is given, in their order in the transcript."""
    present = {each.key: each for each in given}
    changes = [Change(at_idx, key, fact.role, None) for key, fact in held.items() if key not in present]
    for key, each in present.items():
        fact = held.get(key)
        # A person who sets a struck text again wants it; a client only repeats what it has.
        is_set_again = fact is not None and fact.struck_at and not each.struck_at and key.origin != CLIENT
        if fact is None or is_set_again or (fact.role, fact.text_digest) != (each.role, digest_of(each)):
            # A fact of today cannot stand between messages that were there before.
            is_placed = key.origin == CLIENT and key.position >= known
            changes.append(Change(key.position if is_placed else at_idx, key, each.role, each))
    return sorted(changes, key=lambda change: (change.at_idx, change.given is not None, change.key))


def renew_last_digest(connection: Connection, session_id: str) -> None:
    """Store the digest of the transcript's last instruction with the session."""
    connection.execute(_RENEW, {"of_session": session_id})
