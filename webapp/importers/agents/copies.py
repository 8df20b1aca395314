"""The same session in several files of an upload, for example in a folder and its archive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.importers import left_out
from webapp.importers.records import ImportedConversation, LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.importers.bundle import Member
    from webapp.importers.records import Record


class Copies:
    """Knows the conversations of an upload by id, and the hashes of their messages."""

    def __init__(self) -> None:
        self._seen: dict[str, set[int]] = {}

    def checked(self, record: Record) -> Record:
        """Return the record; a LeftOut if it is a copy; and without its id if another conversation has that id."""
        if not isinstance(record, ImportedConversation) or record.external_id is None:
            return record
        hashes = {hash((message.role, message.content)) for message in record.messages}
        earlier = self._seen.setdefault(record.external_id, hashes)
        if earlier is hashes:
            return record
        if not hashes <= earlier:
            return replace(record, external_id=None)
        reason = "The same chat stands in another file of this upload."
        return LeftOut(place=record.place, kind=left_out.DUPLICATE, reason=reason, title=record.title)


def largest_first(members: Sequence[Member], id_of: Callable[[Member], str]) -> list[Member]:
    """Return the files in their order, but of those with one id the largest first: it has what the others have."""
    if len(members) == 1:
        return list(members)
    first: dict[str, int] = {}
    places: dict[Member, tuple[int, int]] = {}
    for number, member in enumerate(members):
        found = id_of(member)
        places[member] = (first.setdefault(found, number) if found else number, -member.size)
    return sorted(members, key=places.__getitem__)
