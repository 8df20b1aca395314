"""Chat messages as OpenAI's API has them: one object, an array of them, or JSONL, as in fine-tuning files.

There are no ids and no times: a conversation is known by its content.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.draft import Draft
from webapp.importers.json_files import candidates, read_each
from webapp.importers.openai_content import say_content
from webapp.importers.records import ImportedConversation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class OpenAIMessages:
    """The format of `{"messages": [{"role", "content"}]}`."""

    name = "openai"
    label = "OpenAI messages"

    def claims(self, probe: Probe) -> bool:
        found = (message for one in candidates(probe) for message in untrusted.items(one, "messages")[:3])
        return any(_is_message(message) for message in found)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from read_each(member, _conversation)


FORMAT = OpenAIMessages()


def _is_message(value: Any) -> bool:
    return untrusted.text(value, "role") in _ROLES and ("content" in value or "tool_calls" in value)


def _conversation(place: str, value: Any) -> Record:
    counts: Counter[str] = Counter()
    messages = [made for message in untrusted.items(value, "messages") if (made := _message(message, counts))]
    if not messages:
        return empty_chat(place)
    return ImportedConversation(place=place, external_id=None, title="", messages=messages, left_out=counts)


def _message(value: Any, counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant"):
        counts[left_out.HIDDEN if role in ("tool", "function") else left_out.SYSTEM] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    if speaker := texts.clean_line(untrusted.text(value, "name"), 60):
        draft.note(speaker)
    draft.think(untrusted.text(value, "reasoning_content") or untrusted.text(value, "reasoning"))
    say_content(draft, untrusted.at(value, "content"))
    draft.say(untrusted.text(value, "refusal"))
    for call in _calls(value):
        draft.tool(untrusted.name(call, "function", "name") or untrusted.name(call, "name"))
    return draft.build(model=untrusted.text(value, "model") or None)


def _calls(value: Any) -> list[Any]:
    """Return the calls of tools; the older shape has one call of a function."""
    old = untrusted.mapping(value, "function_call")
    return [*untrusted.items(value, "tool_calls"), *([old] if old else [])]
