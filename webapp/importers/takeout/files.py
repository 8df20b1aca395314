"""The files that lie beside an activity file, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.importers.records import ImportedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.importers.bundle import Bundle, Member


class Files:
    """Finds files in the folders of the activity files."""

    def __init__(self, bundle: Bundle, members: Sequence[Member]) -> None:
        read = {member.name for member in members}
        # At the top of an upload there may be anything.
        folders = {_folder(member) for member in members} - {""}
        self._members = {
            (_folder(member), member.base): member
            for member in bundle.members
            if member.name not in read and _folder(member) in folders
        }
        self._used: set[tuple[str, str]] = set()

    def find(self, place: str, name: str) -> ImportedFile | None:
        """Return the file with this name in the folder of the record at the place."""
        for key in self._members:
            if key[1] == name and place.startswith(f"{key[0]}/"):
                self._used.add(key)
                member = self._members[key]
                return ImportedFile(name=name, open=member.open, size=member.size)
        return None

    def unused(self) -> int:
        return len(self._members.keys() - self._used)


def _folder(member: Member) -> str:
    return member.name.rpartition("/")[0]
