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

#: What may follow an id in a name: `file-1.dat`, `file-1-holiday.jpg`, `file-1_holiday.jpg`.
_AFTER_ID = (".", "-", "_")


class Assets:
    """Finds files by the id with which their names begin. `names` are the original names by file name."""

    def __init__(self, members: Iterable[Member], names: dict[str, str] | None = None) -> None:
        self._sorted = sorted(members, key=lambda member: member.base)
        self._bases = [member.base for member in self._sorted]
        self._names = names or {}
        self._used: set[int] = set()

    def find(self, asset_id: str, name: str = "") -> ImportedFile | None:
        """Return the file of an id, under the name if one is given."""
        if not asset_id:
            return None
        index = bisect_left(self._bases, asset_id)
        while index < len(self._bases) and self._bases[index].startswith(asset_id):
            rest = self._bases[index][len(asset_id) :]
            if not rest or rest.startswith(_AFTER_ID):
                self._used.add(index)
                member = self._sorted[index]
                return ImportedFile(name=self._name(member, asset_id, name), open=member.open, size=member.size)
            index += 1
        return None

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
