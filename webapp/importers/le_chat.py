"""The export of Le Chat (Mistral): a zip of `chat-<uuid>.json`, each an array of messages in no order.

The files of a chat lie in `chat-<uuid>-files/`. A chat has no title.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.draft import Draft
from webapp.importers.entries import entries
from webapp.importers.records import ImportedConversation, ImportedFile, LeftOut
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record

_FOLDER = re.compile(r"(?:^|/)chat-([^/]{1,80})-files/[^/]+$")
_FILE = re.compile(r"^chat-(.{1,80})\.json$")
_QUIET = ("reference", "custom_element")


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
        files = _Files(bundle)
        for member in members:
            yield from _read(member, files)
        if unused := files.unused():
            reason = "No message names these files."
            yield LeftOut(place=members[0].name, kind=left_out.UNUSED_FILE, reason=reason, count=unused)


FORMAT = LeChat()


class _Files:
    def __init__(self, bundle: Bundle) -> None:
        named = ((_FOLDER.search(member.name), member) for member in bundle.members)
        self._members = {(found.group(1), member.base): member for found, member in named if found}
        self._used: set[tuple[str, str]] = set()

    def find(self, chat: str, name: str) -> ImportedFile | None:
        key = (chat, texts.file_name(name, ""))
        if (member := self._members.get(key)) is None:
            return None
        self._used.add(key)
        return ImportedFile(name=key[1], open=member.open, size=member.size)

    def unused(self) -> int:
        return len(self._members.keys() - self._used)


def _read(member: Member, files: _Files) -> Iterator[Record]:
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


def _conversation(place: str, chat: str, found: list[Any], files: _Files) -> Record:
    counts: Counter[str] = Counter()
    named = _FILE.match(place.rpartition("/")[2])
    chat = chat or (named.group(1) if named else "")
    messages = [made for value in _ordered(found, counts) if (made := _message(value, chat, files, counts))]
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


def _ordered(found: list[Any], counts: Counter[str]) -> list[Any]:
    """Return the messages by their times; the person first at equal ones. Of one id, the highest version counts."""
    latest: dict[str, Any] = {}
    for number, value in enumerate(found):
        key = untrusted.name(value, "id") or f"#{number}"
        if key in latest:
            counts[left_out.BRANCH] += 1
        if key not in latest or _version(value) >= _version(latest[key]):
            latest[key] = value
    return _by_time(list(latest.values()))


def _by_time(values: list[Any]) -> list[Any]:
    moments = [parse_time(untrusted.at(value, "createdAt")) for value in values]
    before = min((moment for moment in moments if moment is not None), default=None)
    if before is None:
        return values
    keys: list[tuple[datetime, bool, int]] = []
    for number, (value, moment) in enumerate(zip(values, moments, strict=True)):
        # A message without a time stays after the one before it.
        before = moment or before
        keys.append((before, untrusted.text(value, "role") != "user", number))
    return [values[number] for _, _, number in sorted(keys)]


def _version(value: Any) -> int:
    version = untrusted.at(value, "version")
    return version if isinstance(version, int) else 0


def _message(value: Any, chat: str, files: _Files, counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(value, "role").lower()
    if role not in ("user", "assistant"):
        counts[left_out.SYSTEM] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    chunks = untrusted.items(value, "contentChunks")
    for chunk in chunks:
        _say_chunk(draft, chunk)
    if not chunks:
        draft.say(untrusted.text(value, "content"))
    for canvas in untrusted.items(value, "canvas"):
        _say_canvas(draft, canvas)
    for file in untrusted.items(value, "files"):
        name = texts.file_name(untrusted.text(file, "name"), "")
        kind = "image" if untrusted.text(file, "type") == "image" else "file"
        draft.attach(files.find(chat, name), name, kind)
    return draft.build(
        create_time=parse_time(untrusted.at(value, "createdAt")),
        external_id=untrusted.name(value, "id") or None,
        model=untrusted.text(value, "model") or None,
    )


def _say_chunk(draft: Draft, chunk: Any) -> None:
    kind = untrusted.text(chunk, "type")
    if kind == "text":
        draft.say(untrusted.text(chunk, "text"))
    elif kind in ("thinking", "reasoning"):
        draft.think(untrusted.text(chunk, kind) or untrusted.text(chunk, "text"))
    elif kind == "tool_call":
        draft.tool(untrusted.text(chunk, "name"), failed=untrusted.at(chunk, "success") is False)
    elif kind == "image_url":
        draft.attach(None, kind="image")
    elif kind in _QUIET:
        draft.counts[left_out.CITATION if kind == "reference" else left_out.HIDDEN] += 1
    else:
        draft.unknown(kind)


def _say_canvas(draft: Draft, canvas: Any) -> None:
    title = texts.clean_line(untrusted.text(canvas, "title"))
    text = untrusted.text(canvas, "content")
    draft.note(f"canvas: {title}" if title else "canvas")
    if text.strip():
        draft.say(texts.fence(text, untrusted.text(canvas, "language")))
