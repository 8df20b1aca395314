"""Gemini's activity in a Google Takeout: `MyActivity.json`, or by default `MyActivity.html`.

All products share the layout. There are no conversations in it, only records with a time: those without a pause of more
than half an hour are one chat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.importers import left_out
from webapp.importers.records import LeftOut
from webapp.importers.takeout.files import Files
from webapp.importers.takeout.grouping import conversations
from webapp.importers.takeout.html_records import read_html
from webapp.importers.takeout.json_records import is_record, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class GeminiTakeout:
    """The formats of `[{"header": "Gemini Apps", "title", "time"}]` and of `<div class="outer-cell">`."""

    name = "gemini-takeout"
    label = "Google Takeout of Gemini"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "html":
            data = probe.member.head(400_000)
            return b'class="outer-cell' in data and b"header-cell" in data
        return probe.shape == "array" and any(is_record(one) for one in probe.objects())

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        files = Files(bundle, members)
        seen: set[str] = set()
        for member in members:
            # The beginning of the file says which of the two it is.
            is_html = member.head(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
            yield from conversations((read_html if is_html else read_json)(member), files, seen)
        if unused := files.unused():
            reason = "No record names these files."
            yield LeftOut(place=members[0].name, kind=left_out.UNUSED_FILE, reason=reason, count=unused)


FORMAT = GeminiTakeout()
