"""The files of a Grok export: `prod-mc-asset-server/<uuid>/content`, without an extension."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.importers.records import ImportedFile

if TYPE_CHECKING:
    from webapp.importers.bundle import Bundle, Member

_ASSET = re.compile(r"prod-mc-asset-server/+([0-9A-Za-z-]{1,64})/+[^/]+$")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Assets:
    """Finds a file by an id, or by an address that has the id in it."""

    def __init__(self, bundle: Bundle) -> None:
        named = ((_ASSET.search(member.name), member) for member in bundle.members)
        self._members: dict[str, Member] = {found.group(1).lower(): member for found, member in named if found}
        self._used: set[str] = set()

    def find(self, reference: str, name: str = "") -> ImportedFile | None:
        for key in [reference.lower(), *(found.lower() for found in _UUID.findall(reference))]:
            if (member := self._members.get(key)) is not None:
                self._used.add(key)
                return ImportedFile(name=name or "file", open=member.open, size=member.size)
        return None

    def unused(self) -> int:
        return len(self._members.keys() - self._used)
