"""Chats that Minutebook exported as JSON (`minutebook-session/1`), alone or in a zip with their files.

A file is named by its SHA-256. Whole accounts are restored with their ids.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, empty_chat
from webapp.importers.json_files import whole
from webapp.importers.records import ImportedConversation, ImportedFile, ImportedMessage
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_HASHED = re.compile(r"[0-9a-f]{64}")
#: Seconds of reasoning: a day.
_LONGEST = 86_400


class Minutebook:
    name = "minutebook-json"
    label = "Minutebook (one chat)"

    def claims(self, probe: Probe) -> bool:
        return probe.shape == "object" and str(probe.members.get("format")).startswith("minutebook-session/")

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        files = {member.base: member for member in bundle.members if _HASHED.fullmatch(member.base)}
        for member in members:
            yield attempt(member.name, partial(_conversation, member, files))


FORMAT = Minutebook()


def _conversation(member: Member, files: Mapping[str, Member]) -> Record:
    chat = whole(member)[0]
    counts: Counter[str] = Counter()
    messages = [made for each in untrusted.items(chat, "messages") if (made := _message(each, files, counts))]
    if not messages:
        return empty_chat(member.name)
    return ImportedConversation(
        place=member.name,
        external_id=untrusted.text(chat, "id") or None,
        title=texts.clean_line(untrusted.text(chat, "title"), 200),
        messages=messages,
        create_time=parse_time(untrusted.at(chat, "created_at")),
        update_time=parse_time(untrusted.at(chat, "last_activity_at")),
        tags=[texts.clean_line(tag) for tag in untrusted.items(chat, "tags") if texts.clean_line(tag)],
        pinned=untrusted.at(chat, "pinned") is True,
        archived=untrusted.at(chat, "archived") is True,
        left_out=+counts,
    )


def _message(value: Any, members: Mapping[str, Member], counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant"):
        counts[left_out.SYSTEM] += 1
        return None
    files, missing = _files(value, members)
    counts[left_out.MISSING_FILE] += len(missing)
    counts[left_out.SYSTEM] += len(untrusted.items(value, "instructions"))
    content = texts.join_blocks([untrusted.text(value, "content"), *map(texts.missing_file, missing)])
    if not content and not files:
        # The text of a removed message is empty.
        counts[left_out.EMPTY] += 1
        return None
    seconds = untrusted.at(value, "reasoning_seconds")
    reasoning = untrusted.text(value, "reasoning") if role == "assistant" else ""
    return ImportedMessage(
        role="user" if role == "user" else "assistant",
        content=content,
        create_time=parse_time(untrusted.at(value, "create_time")),
        external_id=untrusted.text(value, "id") or None,
        model=texts.clean_line(untrusted.text(value, "model"), 200) or None,
        finish_reason=texts.clean_line(untrusted.text(value, "finish_reason"), 32) or None,
        reasoning=reasoning or None,
        reasoning_seconds=_seconds(seconds) if reasoning else None,
        files=files,
    )


def _files(message: Any, members: Mapping[str, Member]) -> tuple[list[ImportedFile], list[str]]:
    """Return the files of a message whose bytes are there, and the names of the others."""
    found: list[ImportedFile] = []
    missing: list[str] = []
    for file in untrusted.items(message, "files"):
        name = texts.file_name(untrusted.text(file, "name"))
        member = members.get(untrusted.text(file, "sha256"))
        if member is None:
            missing.append(name)
        else:
            found.append(ImportedFile(name=name, open=member.open, size=member.size))
    return found, missing


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < _LONGEST else None
