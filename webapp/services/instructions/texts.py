"""The texts of instructions. Equal texts of one user are stored once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, insert, select

from webapp.ids import new_id
from webapp.models import Instruction, InstructionText, KeptInstruction, table_of
from webapp.services.instruction_values import CLIENT
from webapp.services.instructions.digests import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from webapp.services.instruction_values import Given
    from webapp.services.users import CurrentUser

_texts = table_of(InstructionText)
_facts = table_of(Instruction)
_kept = table_of(KeptInstruction)

# The lock keeps a text from being deleted before it is referred to. Deleted ones are not returned.
_FIND = (
    select(_texts.c.id, _texts.c.digest, _texts.c.struck_at)
    .where(_texts.c.owner_id == bindparam("owner"), _texts.c.digest.in_(bindparam("digests", expanding=True)))
    .order_by(_texts.c.id)
    .with_for_update(read=True, key_share=True)
)
_INSERT = insert(_texts)
_LOCK = select(_texts.c.id).where(_texts.c.id.in_(bindparam("ids", expanding=True))).order_by(_texts.c.id)
_DELETE_UNUSED = delete(_texts).where(
    _texts.c.id.in_(bindparam("ids", expanding=True)),
    ~exists().where(_facts.c.text_id == _texts.c.id),
    ~exists().where(_kept.c.text_id == _texts.c.id),
)


def ensure_texts(connection: Connection, user: CurrentUser, given: Iterable[Given]) -> dict[Given, str]:
    """Return the ids of the texts, which are stored if they are new. The caller has locked the account.

    A text that a client sends is not stored again after it was struck, nor one that was struck meanwhile.
    """
    digests = {each: digest_of(each) for each in given}
    if not digests:
        return {}
    values = {"owner": user.id, "digests": sorted(set(digests.values()))}
    found: dict[bytes, str] = {}
    struck: dict[bytes, str] = {}
    for row in connection.execute(_FIND, values):
        (found if row.struck_at is None else struck).setdefault(row.digest, row.id)
    ids = {}
    for each, digest in digests.items():
        stored = struck if each.struck_at else found
        known = stored.get(digest) or (struck.get(digest) if each.origin == CLIENT else None)
        if known is None:
            known = stored[digest] = new_id()
            text = {"id": known, "owner_id": user.id, "content": each.content, "digest": digest}
            connection.execute(_INSERT, text | {"struck_at": each.struck_at})
        ids[each] = known
    return ids


def delete_unused(connection: Connection, text_ids: Iterable[str | None]) -> None:
    """Delete those of the texts that no transcript and no undo refers to."""
    ids = sorted({id_ for id_ in text_ids if id_ is not None})
    if not ids:
        return
    # As for messages: two transactions that drop the last two references see each other by this lock.
    connection.execute(_LOCK.with_for_update(), {"ids": ids}).close()
    connection.execute(_DELETE_UNUSED, {"ids": ids})
