"""`chat.html` of an export: the conversations once more, as `var jsonData = […]` in a script."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

from webapp.importers.entries import Entry
from webapp.importers.json_stream import read_elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.importers.bundle import Member
    from webapp.importers.probe import Probe

_TITLE = "<title>ChatGPT Data Export</title>"
_DATA = b"jsonData ="
_CHUNK = 256 * 1024


def is_page(probe: Probe) -> bool:
    return probe.shape == "html" and (_TITLE in probe.head or _DATA.decode() in probe.head)


def entries(member: Member) -> Iterator[Entry]:
    """Yield the conversations in the page."""
    with member.open() as stream:
        beginning = _until_data(stream)
        if beginning is None:
            yield Entry(member.name, None, "The page has no conversations in it.")
            return
        joined = cast("BinaryIO", io.BufferedReader(_Joined(beginning, stream), _CHUNK))
        for number, element in enumerate(read_elements(joined), 1):
            if not element.path:
                # The rest of the script follows the array.
                return
            yield Entry(f"{member.name}, item {number}", element.value, element.error)


def _until_data(stream: BinaryIO) -> bytes | None:
    """Read up to the data. Return the first bytes of it, or None if there are none."""
    kept = b""
    while chunk := stream.read(_CHUNK):
        kept += chunk
        place = kept.find(_DATA)
        if place >= 0:
            return kept[place + len(_DATA) :]
        kept = kept[-len(_DATA) :]
    return None


class _Joined(io.RawIOBase):
    """Bytes that were already read, and the rest of their stream."""

    def __init__(self, beginning: bytes, rest: BinaryIO) -> None:
        self._beginning = io.BytesIO(beginning)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._beginning.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
