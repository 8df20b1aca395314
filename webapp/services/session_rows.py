"""The row of a chat session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Text, TypeDecorator, bindparam, cast, func, literal_column, select, type_coerce

from webapp.errors import NotFound
from webapp.models import ChatSession, SessionTag, Tag, table_of
from webapp.services.titles import fold
from webapp.services.values import SessionRow, TagLabel

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect

    from webapp.services.users import CurrentUser

_table = table_of(ChatSession)
_tags = table_of(Tag)
_links = table_of(SessionTag)


class TagLabels(TypeDecorator[tuple[TagLabel, ...]]):
    """The tags of a session as one text: ids and names, a tag a line. In Python they have the order of their names.

    Each database has an order of texts of its own.
    """

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[TagLabel, ...]:  # noqa: ARG002
        """Return the tags. No name has a line break."""
        if not value:
            return ()
        labels = (TagLabel._make(line.split(" ", 1)) for line in value.split("\n"))
        return tuple(sorted(labels, key=lambda label: (fold(label.name), label.id)))


_line = cast(_tags.c.id, Text) + " " + _tags.c.name
_of_session: Any = (
    select(type_coerce(func.aggregate_strings(_line, "\n"), TagLabels))
    .join_from(_links, _tags, _tags.c.id == _links.c.tag_id)
    # In SQLite's RETURNING, a column of the table would have no table's name: there it is the tag's id.
    .where(_links.c.session_id == literal_column(f"{_table.name}.id", _table.c.id.type))
    .scalar_subquery()
    .label("tags")
)

#: The columns of a SessionRow, in the order of its fields.
SESSION_ROW = (*(_table.c[name] for name in SessionRow._fields if name != "tags"), _of_session)

_BY_ID: Select[tuple[object, ...]] = select(*SESSION_ROW).where(
    _table.c.id == bindparam("session_id"), _table.c.owner_id == bindparam("owner_id")
)


def read_session_row(connection: Connection, user: CurrentUser, session_id: str, *, lock: bool = False) -> SessionRow:
    """Return the user's session. `lock` locks the row until the transaction ends.

    Raises NotFound, also for another user's session.
    """
    statement = _BY_ID.with_for_update() if lock else _BY_ID
    row = connection.execute(statement, {"session_id": session_id, "owner_id": user.id}).first()
    if row is None:
        raise NotFound("There is no such chat. It may have been deleted permanently. Choose another one from the list.")
    return SessionRow._make(row)
