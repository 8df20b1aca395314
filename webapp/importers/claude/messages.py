"""One message of a chat, from its blocks, pasted texts and files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from webapp.importers import left_out, texts, untrusted
from webapp.importers.claude.attached import attached, pasted
from webapp.importers.claude.blocks import Blocks
from webapp.importers.records import ImportedMessage
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from webapp.importers.assets import Assets
    from webapp.importers.records import ImportedFile


class MessageFiles(NamedTuple):
    """Where the files of messages are: beside the chats, or in a capture, by message id and name."""

    assets: Assets
    made: Mapping[str, Mapping[str, ImportedFile]]


#: Reasons in the words of ours: why an answer ended.
_ENDS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "user_canceled": "stopped",
    "user_cancelled": "stopped",
}
#: What the flat text has in place of a block.
_PLACEHOLDER = re.compile(r"(?:```\s*)?This block is not supported on your current device yet\.?(?:\s*```)?")
_NOT_TURNS = {"system": left_out.SYSTEM, "tool": left_out.TOOL}


def read(message: Any, beside: MessageFiles, counts: Counter[str]) -> ImportedMessage | None:
    """Return the message, or None if it was not shown."""
    sender = untrusted.text(message, "sender").lower()
    if sender in _NOT_TURNS:
        counts[_NOT_TURNS[sender]] += 1
        return None
    role: Literal["user", "assistant"] = "user" if sender in ("human", "user") else "assistant"
    blocks = _blocks(message, counts, is_answer=role == "assistant")
    files, notes = attached(message, beside.assets, beside.made.get(untrusted.name(message, "uuid"), {}), counts)
    content = texts.join_blocks([*blocks.shown, *pasted(message), *notes])
    reasoning = texts.join_blocks(blocks.reasoning) if role == "assistant" else ""
    files = [*blocks.files, *files]
    if not content.strip() and not files:
        if not reasoning:
            counts[left_out.EMPTY] += 1
            return None
        content = texts.note("no answer in the export")
    return ImportedMessage(
        role=role,
        content=content,
        create_time=parse_time(untrusted.at(message, "created_at")),
        external_id=untrusted.name(message, "uuid") or None,
        model=texts.clean_line(untrusted.text(message, "model")) or None if role == "assistant" else None,
        finish_reason=_end(message) if role == "assistant" else None,
        reasoning=reasoning or None,
        reasoning_seconds=blocks.seconds if reasoning else None,
        files=tuple(files),
    )


def is_turn(message: Any) -> bool:
    """Say whether a message of another branch has a content."""
    return any(bool(untrusted.at(message, key)) for key in ("text", "content", "attachments", "files", "files_v2"))


def _blocks(message: Any, counts: Counter[str], *, is_answer: bool) -> Blocks:
    content = untrusted.at(message, "content")
    blocks = Blocks(counts, is_answer)
    if isinstance(content, list):
        for block in content:
            blocks.read(block)
    elif "content" in untrusted.mapping(message):
        counts[left_out.UNKNOWN_PART] += 1
    blocks.close_tools()
    if not any(block.strip() for block in blocks.shown) or not blocks.known:
        _fall_back(blocks, message)
    return blocks


def _fall_back(blocks: Blocks, message: Any) -> None:
    """Use the flat text, which repeats the reasoning and hidden parts, if there are none of these in blocks."""
    content = untrusted.at(message, "content")
    text = untrusted.text(message, "text") or (texts.clean(content) if isinstance(content, str) else "")
    if not text.strip() or blocks.reasoning or blocks.is_hidden:
        return
    text, count = _PLACEHOLDER.subn(lambda _: f"\n\n{texts.note('part of an unknown kind')}\n\n", text)
    blocks.counts[left_out.UNKNOWN_PART] += count
    blocks.text(text)


def _end(message: Any) -> str | None:
    if untrusted.at(message, "truncated") is True:
        return "length"
    return _ENDS.get(untrusted.text(message, "stop_reason"))
