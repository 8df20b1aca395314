"""The title of a session: the person's, else the program's, else its last summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.importers import untrusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.importers.claude_code.records import Entry


def title_of(entries: Sequence[Entry]) -> str:
    """Return the title. Summaries of other sessions may stand in a file: one of the session's own counts first."""
    custom = generated = own = other = ""
    uuids = {entry.uuid for entry in entries}
    for entry in entries:
        record = entry.record
        if entry.kind == "custom-title":
            custom = untrusted.text(record, "customTitle") or untrusted.text(record, "title") or custom
        elif entry.kind == "ai-title":
            generated = untrusted.text(record, "aiTitle") or untrusted.text(record, "title") or generated
        elif entry.kind == "summary" and (summary := untrusted.text(record, "summary")):
            if untrusted.name(record, "leafUuid") in uuids:
                own = summary
            else:
                other = summary
    return custom or generated or own or other
