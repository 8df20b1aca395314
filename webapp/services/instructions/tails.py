"""Instructions that go and come with the messages before which they stand. They are copied, and their texts shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from webapp.database.types import Id
from webapp.models import Instruction, InstructionText, KeptInstruction, table_of
from webapp.services.instructions.digests import chained
from webapp.services.instructions.storing import renew_last_digest
from webapp.services.instructions.texts import delete_unused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_facts = table_of(Instruction)
_kept = table_of(KeptInstruction)
_texts = table_of(InstructionText)

#: The columns of an instruction without its parent.
_NAMES = [column.name for column in _facts.c if column.name != "session_id"]
_of_tail = (_facts.c.session_id == bindparam("of_session")) & (_facts.c.at_idx >= bindparam("first_idx"))
_BASE = (
    select(_facts.c.digest)
    .where(_facts.c.session_id == bindparam("of_session"), _facts.c.at_idx < bindparam("first_idx"))
    .order_by(_facts.c.at_idx.desc(), _facts.c.place.desc())
    .limit(1)
)
_KEEP = (
    insert(_kept)
    .from_select(
        ["replacement_id", *_NAMES],
        select(bindparam("kept_by", type_=Id), *(_facts.c[name] for name in _NAMES)).where(_of_tail),
    )
    .execution_options(preserve_rowcount=True)
)
_CUT = delete(_facts).where(_of_tail)
_OF_KEPT = (
    select(*(_kept.c[name] for name in _NAMES), _texts.c.digest.label("text_digest"))
    .outerjoin_from(_kept, _texts, _texts.c.id == _kept.c.text_id)
    .where(_kept.c.replacement_id == bindparam("kept_by"))
    .order_by(_kept.c.at_idx, _kept.c.place)
)
_INSERT = insert(_facts)
_COPY = (
    insert(_facts)
    .from_select(
        ["session_id", *_NAMES],
        select(bindparam("into", type_=Id), *(_facts.c[name] for name in _NAMES)).where(
            _facts.c.session_id == bindparam("source"), _facts.c.at_idx <= bindparam("last_idx")
        ),
    )
    .execution_options(preserve_rowcount=True)
)
_FORGET = delete(_kept).where(_kept.c.replacement_id.in_(bindparam("ids", expanding=True))).returning(_kept.c.text_id)
_DELETE = delete(_facts).where(_facts.c.session_id == bindparam("of_session")).returning(_facts.c.text_id)


def last_digest_before(connection: Connection, session_id: str, first_idx: int) -> bytes | None:
    """Return the digest of the last instruction before the message at `first_idx`, or None."""
    return connection.execute(_BASE, {"of_session": session_id, "first_idx": first_idx}).scalar()


def keep_tail(connection: Connection, session_id: str, first_idx: int, replacement_id: str) -> None:
    """Move the instructions from `first_idx` on to a replacement."""
    place = {"of_session": session_id, "first_idx": first_idx}
    if connection.execute(_KEEP, place | {"kept_by": replacement_id}).rowcount:
        connection.execute(_CUT, place)
        renew_last_digest(connection, session_id)


def put_back(connection: Connection, session_id: str, replacement_id: str) -> None:
    """Copy the instructions of a replacement to a session that ends where they begin.

    The messages before them are the same, and the instructions before them may be others: the digests are made anew.
    """
    kept = connection.execute(_OF_KEPT, {"kept_by": replacement_id}).all()
    if not kept:
        return
    digest, rows = last_digest_before(connection, session_id, kept[0].at_idx), []
    for fact in kept:
        digest = chained(digest, fact, fact.made_at, fact.text_digest)
        rows.append({name: getattr(fact, name) for name in _NAMES} | {"session_id": session_id, "digest": digest})
    connection.execute(_INSERT, rows)
    renew_last_digest(connection, session_id)


def copy_beginning(connection: Connection, session_id: str, source_id: str, last_idx: int) -> None:
    """Copy another session's instructions, up to the message at `last_idx`, to a new session."""
    if connection.execute(_COPY, {"into": session_id, "source": source_id, "last_idx": last_idx}).rowcount:
        renew_last_digest(connection, session_id)


def forget_kept(connection: Connection, replacement_ids: Sequence[str]) -> None:
    """Delete the instructions of replacements that are deleted."""
    delete_unused(connection, connection.scalars(_FORGET, {"ids": replacement_ids}).all())


def delete_of_session(connection: Connection, session_id: str) -> None:
    """Delete the instructions of a session that is deleted."""
    delete_unused(connection, connection.scalars(_DELETE, {"of_session": session_id}).all())
