"""Rows of an export as they are inserted: checked, and with the ids that they have in the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Uuid

from webapp.ids import canonical_id
from webapp.services.exports.archive import torn
from webapp.services.exports.new_ids import derived_id, with_derived_ids

if TYPE_CHECKING:
    from webapp.services.exports.tables import Exported

Row = dict[str, Any]


def read_row(exported: Exported, facts: Row) -> Row:
    """Return the values of the columns. Raises Invalid for a row of another form."""
    try:
        row = exported.facts.read(facts)
        for column in exported.facts.columns:
            value = row[str(column.key)]
            if value is not None and isinstance(column.type, Uuid) and canonical_id(value) != value:
                raise ValueError(f"{value} is not an id")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise torn(f"A row of {exported.name} has another form than this version expects ({error}).") from error
    return row


class Ids:
    """The ids of an export's rows in an account. `known` has those of rows that are there under other ids."""

    def __init__(self, owner_id: str, *, are_new: bool) -> None:
        self.are_new = are_new
        self.known: dict[str, str] = {}
        self._owner = owner_id

    def of(self, id_: str) -> str:
        own = derived_id(id_, self._owner) if self.are_new else id_
        return self.known.get(own, own)

    def place(self, exported: Exported, row: Row) -> Row:
        """Return a row with the account's ids."""
        placed = dict(row)
        for column in exported.facts.columns:
            name, value = str(column.key), row[str(column.key)]
            if value is not None and isinstance(column.type, Uuid):
                placed[name] = self.of(value)
            elif value is not None and isinstance(column.type, JSON) and self.are_new:
                placed[name] = with_derived_ids(value, self._owner)
        if "owner_id" in exported.table.c:
            placed["owner_id"] = self._owner
        return placed
