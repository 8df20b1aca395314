"""The messages of a chat of Le Chat: their order, their chunks and their files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.draft import Draft
from webapp.importers.records import ImportedFile
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter
    from datetime import datetime

    from webapp.importers.bundle import Bundle
    from webapp.importers.records import ImportedMessage

_FOLDER = re.compile(r"(?:^|/)chat-([^/]{1,80})-files/[^/]+$")
_QUIET = ("reference", "custom_element")


class Files:
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


def ordered(found: list[Any], counts: Counter[str]) -> list[Any]:
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


def message(value: Any, chat: str, files: Files, counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(value, "role").lower()
    if role not in ("user", "assistant"):
        counts[left_out.SYSTEM] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    chunks = untrusted.items(value, "contentChunks")
    _say_chunks(draft, chunks)
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


def _say_chunks(draft: Draft, chunks: list[Any]) -> None:
    """Add the chunks. A reference stands within a sentence, whose pieces are texts of their own."""
    said = ""
    for chunk in chunks:
        kind = untrusted.text(chunk, "type")
        if kind == "text":
            said += untrusted.text(chunk, "text")
        elif kind in _QUIET:
            draft.counts[left_out.CITATION if kind == "reference" else left_out.HIDDEN] += 1
        else:
            draft.say(said)
            said = ""
            _say_chunk(draft, chunk, kind)
    draft.say(said)


def _say_chunk(draft: Draft, chunk: Any, kind: str) -> None:
    if kind in ("thinking", "reasoning"):
        draft.think(untrusted.text(chunk, kind) or untrusted.text(chunk, "text"))
    elif kind == "tool_call":
        draft.tool(untrusted.text(chunk, "name"), failed=untrusted.at(chunk, "success") is False)
    elif kind == "image_url":
        draft.attach(None, kind="image")
    else:
        draft.unknown(kind)


def _say_canvas(draft: Draft, canvas: Any) -> None:
    title = texts.clean_line(untrusted.text(canvas, "title"))
    text = untrusted.text(canvas, "content")
    draft.note(f"canvas: {title}" if title else "canvas")
    if text.strip():
        draft.say(texts.fence(text, untrusted.text(canvas, "language")))
