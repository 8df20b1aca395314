"""Conversations as ShareGPT shared them, and the training sets of that shape (FastChat, LLaMA-Factory).

Long conversations were cut there into pieces with the ids `X_0`, `X_1`. Each stays a conversation, because the ids of
other sets look the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.draft import Draft
from webapp.importers.json_files import candidates, read_each, with_unique_ids
from webapp.importers.markup import to_markdown
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record

_PERSON = ("human", "user", "prompter")
_ASSISTANT = ("gpt", "assistant", "chatgpt", "bing", "bard", "model", "claude", "ai", "bot")
_TOOLS = ("observation", "tool", "function_response", "tool_response", "function")
_LISTS = ("conversations", "conversation", "items")
#: What the web page of the time put around every text.
_PAGE = re.compile(r'\s*<div class="[^">]*(?:markdown|flex flex-col|whitespace-pre-wrap)[^">]*">')
_HTML = re.compile(r"\s*<(?:p|div|ol|ul|pre|table|blockquote|h[1-6])(?:\s[^<>]*)?>")


class ShareGPT:
    """The format of `{"conversations": [{"from", "value"}]}`."""

    name = "sharegpt"
    label = "ShareGPT"

    def claims(self, probe: Probe) -> bool:
        return any(
            isinstance(untrusted.at(said, "from"), str) and "value" in said
            for one in candidates(probe)
            for key in _LISTS
            for said in untrusted.items(one, key)[:3]
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(read_each(member, _conversation))


FORMAT = ShareGPT()


def _conversation(place: str, value: Any) -> Record:
    counts: Counter[str] = Counter()
    title = texts.clean_line(untrusted.text(value, "title"), 200)
    said = next((found for key in _LISTS if (found := untrusted.items(value, key))), [])
    messages = list(_messages(said, counts))
    if untrusted.text(value, "system"):
        counts[left_out.SYSTEM] += 1
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(value, "id") or None,
        title=title,
        messages=messages,
        create_time=parse_time(untrusted.at(value, "create_time")),
        model=untrusted.text(value, "model") or None,
        left_out=+counts,
    )


def _messages(said: list[Any], counts: Counter[str]) -> Iterator[ImportedMessage]:
    """Yield the messages. The call of a tool belongs to the answer after it."""
    draft: Draft | None = None
    for entry in said:
        speaker = untrusted.text(entry, "from").lower() or untrusted.text(entry, "role").lower()
        if speaker == "function_call":
            draft = draft or Draft("assistant", counts)
            for name in _called(untrusted.text(entry, "value")):
                draft.tool(name)
        elif speaker in _TOOLS:
            counts[left_out.HIDDEN] += 1
        elif speaker == "system":
            counts[left_out.SYSTEM] += 1
        else:
            if draft is not None and speaker in _PERSON:
                yield from _built(draft)
                draft = None
            draft = draft or Draft("user" if speaker in _PERSON else "assistant", counts)
            _say(draft, entry, speaker)
            yield from _built(draft)
            draft = None
    if draft is not None:
        yield from _built(draft)


def _built(draft: Draft) -> Iterator[ImportedMessage]:
    if made := draft.build():
        yield made


def _say(draft: Draft, entry: Any, speaker: str) -> None:
    value = untrusted.at(entry, "value")
    text = untrusted.text(entry, "content") if value is None else untrusted.text(value)
    if value is not None and not isinstance(value, str):
        draft.unknown(type(value).__name__)
    if speaker not in _PERSON and speaker not in _ASSISTANT:
        draft.unknown(f"message of “{texts.clean_line(speaker, 40)}”" if speaker else "message without a speaker")
    is_html = _PAGE.match(text) or (draft.role == "assistant" and _HTML.match(text) and text.rstrip().endswith(">"))
    draft.say(to_markdown(text, draft.counts) if is_html else text)


def _called(text: str) -> list[str]:
    """Return the names of the tools of a call, which is JSON in a text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ["tool"]
    calls = value if isinstance(value, list) else [value]
    return [untrusted.name(call, "name") or "tool" for call in calls]
