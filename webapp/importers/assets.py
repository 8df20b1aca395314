"""The files of an export that its messages name: pictures and uploads beside the chats.

Only names are kept. Which file is meant is decided by ids in names, never by a path that a message claims.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from webapp.importers.records import ImportedFile
from webapp.importers.texts import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.importers.bundle import Member

#: What may follow an id before the original name: `file-A1b2-holiday.jpg`, `file_A1b2_holiday.jpg`.
_AFTER_ID = ("-", "_")
#: Characters of an id. The beginning of a name that is shorter is none.
_SHORTEST = 6


class Assets:
    """Finds files by the id with which their names begin. `names` are the original names by file name."""

    def __init__(self, members: Iterable[Member], names: dict[str, str] | None = None) -> None:
        self._sorted = sorted(members, key=lambda member: member.base)
        self._bases = [member.base for member in self._sorted]
        self._names = names or {}
        self._used: set[int] = set()

    def find(self, asset_id: str, name: str = "") -> ImportedFile | None:
        """Return the file of an id, under the name if one is given. Copies of it count as asked for, too."""
        found = self._indexes(asset_id)
        self._used.update(found)
        if not found:
            return None
        member = self._sorted[found[0]]
        return ImportedFile(name=self._name(member, asset_id, name), open=member.open, size=member.size)

    def _indexes(self, asset_id: str) -> list[int]:
        """Return the positions of the files that have the id as their name; else of those that begin with it."""
        whole: list[int] = []
        begun: list[int] = []
        index = bisect_left(self._bases, asset_id)
        while asset_id and index < len(self._bases) and self._bases[index].startswith(asset_id):
            base = self._bases[index]
            rest = base[len(asset_id) :]
            if not rest or rest.startswith("."):
                whole.append(index)
            elif rest.startswith(_AFTER_ID) and base not in self._names and len(asset_id) >= _SHORTEST:
                begun.append(index)
            index += 1
        return whole or begun

    def name_of(self, asset_id: str) -> str:
        """Return the original name of an id, or an empty text. The file need not be there."""
        return self._names.get(f"{asset_id}.dat") or self._names.get(asset_id, "")

    def unused(self) -> list[Member]:
        """Return the files that nobody has asked for."""
        return [member for index, member in enumerate(self._sorted) if index not in self._used]

    def original_name(self, member: Member) -> str:
        return file_name(self._names.get(member.base) or member.base)

    def _name(self, member: Member, asset_id: str, name: str) -> str:
        known = name or self._names.get(member.base) or self.name_of(asset_id)
        if known:
            return file_name(known)
        rest = member.base[len(asset_id) :].lstrip("-_")
        return file_name(rest if rest and not rest.startswith(".") else member.base)
