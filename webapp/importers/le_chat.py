"""The export of Le Chat (Mistral): a zip of `chat-<uuid>.json`, each an array of messages in no order.

The files of a chat lie in `chat-<uuid>-files/`. A chat has no title.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.json_files import entries
from webapp.importers.le_chat_messages import Files, message, ordered
from webapp.importers.records import ImportedConversation, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_FILE = re.compile(r"^chat-(.{1,80})\.json$")


class LeChat:
    """The format of `[{"chatId", "role", "content", "contentChunks"}]`."""

    name = "le-chat"
    label = "Le Chat"

    def claims(self, probe: Probe) -> bool:
        return probe.shape == "array" and any(
            "chatId" in one and "role" in one and ("contentChunks" in one or "content" in one)
            for one in probe.objects()
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        files = Files(bundle)
        for member in members:
            yield from _read(member, files)
        if unused := files.unused():
            reason = "No message names these files."
            yield LeftOut(place=members[0].name, kind=left_out.UNUSED_FILE, reason=reason, count=unused)


FORMAT = LeChat()


def _read(member: Member, files: Files) -> Iterator[Record]:
    """Yield the chats of a file; one, as far as the program writes it."""
    chats: dict[str, list[Any]] = {}
    for entry in entries(member):
        if entry.error is not None:
            yield unreadable(entry.place, entry.error)
        else:
            chats.setdefault(untrusted.name(entry.value, "chatId"), []).append(entry.value)
    for chat, found in chats.items():
        place = member.name if len(chats) == 1 else f"{member.name}, chat {texts.clean_line(chat, 80)}"
        yield attempt(place, lambda: _conversation(place, chat, found, files))  # noqa: B023 - is called at once


def _conversation(place: str, chat: str, found: list[Any], files: Files) -> Record:
    counts: Counter[str] = Counter()
    named = _FILE.match(place.rpartition("/")[2])
    chat = chat or (named.group(1) if named else "")
    messages = [made for value in ordered(found, counts) if (made := message(value, chat, files, counts))]
    if not messages:
        return empty_chat(place)
    return ImportedConversation(
        place=place,
        external_id=chat or None,
        title="",
        messages=messages,
        create_time=messages[0].create_time,
        left_out=+counts,
    )
