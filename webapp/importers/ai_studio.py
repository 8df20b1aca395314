"""Chats of Google AI Studio as they lie in Google Drive: one a file, often without an extension.

A native file has neither title nor times; its name is the title.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.ai_studio_chunks import messages
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.json_files import whole
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class AIStudio:
    """The format of `{"chunkedPrompt": {"chunks": […]}}`."""

    name = "ai-studio"
    label = "Google AI Studio"

    def claims(self, probe: Probe) -> bool:
        return probe.shape == "object" and isinstance(probe.members.get("chunkedPrompt"), dict)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from _read(member)


FORMAT = AIStudio()


def _read(member: Member) -> Iterator[Record]:
    value, errors = whole(member)
    for error in errors:
        yield unreadable(error.place, error.error or "")
    yield attempt(member.name, lambda: _conversation(member, value))


def _conversation(member: Member, value: Any) -> Record:
    counts: Counter[str] = Counter()
    model = untrusted.text(value, "runSettings", "model").removeprefix("models/") or None
    title = untrusted.text(value, "title") or untrusted.text(value, "displayName")
    title = texts.clean_line(title or re.sub(r"\.(json|prompt|txt)$", "", texts.file_name(member.base)), 200)
    if _says(untrusted.at(value, "systemInstruction")):
        counts[left_out.SYSTEM] += 1
    drafts = [one for one in untrusted.items(value, "chunkedPrompt", "pendingInputs") if _says(one)]
    if drafts:
        counts[left_out.DRAFT] += len(drafts)
    found = messages(untrusted.items(value, "chunkedPrompt", "chunks"), counts, model)
    if not found:
        return empty_chat(member.name, title)
    return ImportedConversation(
        place=member.name,
        external_id=untrusted.name(value, "id") or None,
        title=title,
        messages=found,
        create_time=parse_time(untrusted.at(value, "createTime")) or _modified(member),
        update_time=parse_time(untrusted.at(value, "updateTime")),
        model=model,
        left_out=+counts,
    )


def _modified(member: Member) -> datetime | None:
    return None if member.modified is None else datetime.fromtimestamp(int(member.modified), UTC)


def _says(value: Any) -> bool:
    """Say whether an instruction or a draft has a text or a file."""
    if untrusted.text(value).strip() or untrusted.text(value, "text").strip():
        return True
    if any(untrusted.text(part, "text").strip() for part in untrusted.items(value, "parts")):
        return True
    return any(key.startswith(("drive", "inline", "youtube")) for key in untrusted.mapping(value))
