"""ChatGPT: data exports from 2023 to 2026, single-chat files of browser exporters, and browser captures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, unreadable
from webapp.importers.captures import unwrapped
from webapp.importers.chatgpt import conversation, markdown, page
from webapp.importers.chatgpt.beside import beside_of, missing_shards, other_data, unused_files
from webapp.importers.chatgpt.source import (
    conversation_id,
    copies_of,
    entries,
    is_conversation,
    is_torn,
    sorted_by_shape,
)
from webapp.importers.copies import Verdict
from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.entries import Entry
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class ChatGPT:
    name = "chatgpt"
    label = "ChatGPT"

    def claims(self, probe: Probe) -> bool:
        if probe.shape in ("html", "text"):
            return page.is_page(probe) or markdown.is_markdown(probe)
        return any(is_conversation(value) or is_torn(value) for value in _candidates(probe))

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        members, written = sorted_by_shape(members)
        copies = copies_of(members)
        beside = beside_of(bundle)
        for member in written:
            yield markdown.read(member)
        for position, entry in enumerate(entries(members)):
            verdict = copies.verdict(conversation_id(unwrapped(entry.value)), position)
            yield _record(entry, beside, verdict)
        yield from missing_shards(bundle)
        yield from other_data(bundle)
        yield from unused_files(beside)


FORMAT = ChatGPT()


def _candidates(probe: Probe) -> Iterator[Any]:
    """Yield what may be a conversation at the beginning of a file."""
    yield from probe.objects()
    if probe.shape == "object":
        yield probe.members
        for value in list(probe.members.values())[:20]:
            yield from value if isinstance(value, list) else [value]
        yield from list(untrusted.mapping(probe.members, "conversations").values())[:5]


def _record(entry: Entry, beside: conversation.Beside, verdict: Verdict) -> Record:
    if entry.error is not None:
        return unreadable(entry.place, entry.error)
    if verdict is Verdict.COPY:
        title = texts.clean_line(unwrapped(entry.value).get("title"), 200)
        reason = "A fuller copy of this chat is in the same upload."
        return LeftOut(place=entry.place, kind=left_out.DUPLICATE, reason=reason, title=title)
    is_known = verdict is Verdict.KEEP
    return attempt(entry.place, lambda: conversation.read(entry.place, entry.value, beside, keeps_id=is_known))
