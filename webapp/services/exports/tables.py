"""The tables of a whole account's export, in the order in which their rows can be inserted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from webapp.models import (
    ChatSession,
    Conversation,
    File,
    IngestConversation,
    IngestRun,
    Instruction,
    InstructionText,
    KeptInstruction,
    KeptMessage,
    LeftAnswer,
    LiveTurn,
    Message,
    MessageFile,
    Replacement,
    SessionMessage,
    SessionTag,
    Tag,
    table_of,
)
from webapp.services.exports.facts import Facts

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, ColumnElement, FromClause, Table

    from webapp.database.engine import Base

OWNER: BindParameter[str] = bindparam("owner")

#: The reader, a cache, and what only a file has that is not whole.
_UNTOLD = frozenset({"owner_id", "html", "html_version", "staged_at"})


class Exported(NamedTuple):
    """A table: what is exported of it, and the query for one owner's rows, by primary key."""

    name: str
    table: Table
    facts: Facts
    rows: Select[Any]


def _table(model: type[Base], *through: type[Base], where: ColumnElement[bool] | None = None) -> Exported:
    """Describe a table whose owner is found `through` these others. Columns that tell nothing are left out."""
    table = table_of(model)
    columns = [column for column in table.c if column.name not in _UNTOLD]
    source: FromClause = table
    owner: Table = table
    for other in map(table_of, through):
        foreign = next(foreign for foreign in owner.foreign_keys if foreign.column.table is other)
        source, owner = source.join(other, foreign.parent == foreign.column), other
    key, *more = table.primary_key.columns
    is_owners = owner.c.owner_id == OWNER
    # SQLite would sort whole rows in memory. So it sorts the numbers of the messages alone.
    rows = (
        select(*columns).select_from(source).where(is_owners)
        if more or source is table
        else select(*columns).where(key.in_(select(key).select_from(source).where(is_owners)))
    ).order_by(key, *more)
    return Exported(table.name, table, Facts(columns), rows if where is None else rows.where(where))


#: A turn in progress becomes messages or is discarded. One that failed holds what the user wrote.
_failed = table_of(LiveTurn).c.state == "failed"

TABLES = (
    _table(Tag),
    _table(Conversation),
    _table(InstructionText),
    _table(File, where=table_of(File).c.staged_at.is_(None)),
    _table(Message, Conversation),
    _table(MessageFile, File),
    _table(LeftAnswer, Message, Conversation),
    _table(ChatSession),
    _table(SessionTag, ChatSession),
    _table(SessionMessage, ChatSession),
    _table(Instruction, ChatSession),
    _table(Replacement, ChatSession),
    _table(KeptMessage, Replacement, ChatSession),
    _table(KeptInstruction, Replacement, ChatSession),
    _table(LiveTurn, ChatSession, where=_failed),
    _table(IngestRun),
    _table(IngestConversation, IngestRun),
)
