"""Chat messages as OpenAI's API has them: one object, an array of them, or JSONL, as in fine-tuning files.

There are no ids and no times: a conversation is known by its content.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe
from webapp.importers.records import ImportedConversation, ImportedMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.json_stream import Element
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class OpenAIMessages:
    """The format of `{"messages": [{"role", "content"}]}`."""

    name = "openai"
    label = "OpenAI messages"

    def claims(self, probe: Probe) -> bool:
        candidates = [probe.members] if probe.shape == "object" else probe.objects()
        return any(_is_message(message) for one in candidates for message in untrusted.items(one, "messages")[:3])

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from _read(member)


FORMAT = OpenAIMessages()


def _is_message(value: Any) -> bool:
    return untrusted.text(value, "role") in _ROLES and "content" in value


def _read(member: Member) -> Iterator[Record]:
    shape = probe(member).shape
    with member.open() as stream:
        if shape == "object":
            messages = [element.value for element in read_elements(stream) if element.path[:1] == ("messages",)]
            yield attempt(member.name, lambda: _conversation(member.name, {"messages": messages}))
            return
        for element in (read_lines if shape == "lines" else read_elements)(stream):
            yield _element(member, element)


def _element(member: Member, element: Element) -> Record:
    number = element.path[-1] + 1 if element.path and isinstance(element.path[-1], int) else 0
    place = f"{member.name}, item {number}"
    if element.error is not None:
        return unreadable(place, element.error)
    return attempt(place, lambda: _conversation(place, element.value))


def _conversation(place: str, value: Any) -> Record:
    counts: Counter[str] = Counter()
    messages = [made for message in untrusted.items(value, "messages") if (made := _message(message, counts))]
    if not messages:
        return empty_chat(place)
    return ImportedConversation(place=place, external_id=None, title="", messages=messages, left_out=counts)


def _message(value: Any, counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant"):
        counts[left_out.TOOL if role in ("tool", "function") else left_out.SYSTEM] += 1
        return None
    blocks = [*_blocks(untrusted.at(value, "content"), counts), untrusted.text(value, "refusal")]
    calls = [untrusted.name(call, "function", "name") or "tool" for call in untrusted.items(value, "tool_calls")]
    if calls:
        counts[left_out.TOOL] += len(calls)
        blocks.append(texts.folded_tools(calls))
    content = texts.join_blocks(blocks)
    reasoning = untrusted.text(value, "reasoning_content") or untrusted.text(value, "reasoning")
    if not content:
        counts[left_out.EMPTY] += 1
        return None
    return ImportedMessage(role="user" if role == "user" else "assistant", content=content, reasoning=reasoning or None)


def _blocks(content: Any, counts: Counter[str]) -> Iterator[str]:
    if isinstance(content, str):
        yield texts.clean(content)
    for part in content if isinstance(content, list) else ():
        kind = untrusted.text(part, "type")
        if isinstance(part, str):
            yield texts.clean(part)
        elif kind in ("text", "input_text", "output_text", "refusal"):
            yield untrusted.text(part, "text") or untrusted.text(part, "value") or untrusted.text(part, "refusal")
        elif kind in ("image_url", "input_image", "image", "input_audio", "file"):
            counts[left_out.MISSING_FILE] += 1
            yield texts.missing_file("", "image" if "image" in kind else "file")
        else:
            counts[left_out.UNKNOWN_PART] += 1
            yield texts.note(f"part of an unknown kind: {kind or 'without a name'}")
