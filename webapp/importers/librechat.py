"""Conversations of LibreChat ("Export conversation" as JSON), nested or flat. `exportAt` in them is no date."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.branches import displayed
from webapp.importers.draft import Draft
from webapp.importers.inline_files import from_data_url
from webapp.importers.json_files import candidates, read_each, with_unique_ids
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record

_ROOTS = ("", "00000000-0000-0000-0000-000000000000")
_THINKING = re.compile(r"\A\s*:::thinking\n(.*?)\n:::\s*", re.DOTALL)


class LibreChat:
    """The format of `{"conversationId", "messages" or "messagesTree"}`."""

    name = "librechat"
    label = "LibreChat"

    def claims(self, probe: Probe) -> bool:
        return any(
            "conversationId" in one and ("messages" in one or "messagesTree" in one or "exportAt" in one)
            for one in candidates(probe, "conversations")
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(read_each(member, _conversation, "conversations"))


FORMAT = LibreChat()


def _conversation(place: str, value: Any) -> Record:
    counts: Counter[str] = Counter()
    title = texts.clean_line(untrusted.text(value, "title"), 200)
    model = untrusted.text(value, "options", "model") or None
    nodes, parents = _tree(untrusted.items(value, "messagesTree") or untrusted.items(value, "messages"), counts)
    found = displayed(parents, lambda key: parse_time(untrusted.at(nodes[key], "createdAt")))
    counts[left_out.BRANCH] += len(nodes) - len(found.path)
    counts[left_out.MISSING_PART] += found.orphans
    messages = [made for key in found.path if (made := _message(nodes[key], counts, model))]
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(value, "conversationId") or None,
        title=title,
        messages=messages,
        model=model,
        tags=tuple(texts.clean_line(tag, 60) for tag in untrusted.items(value, "tags") if texts.clean_line(tag, 60)),
        left_out=+counts,
    )


def _tree(messages: list[Any], counts: Counter[str]) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Return the messages and their parents, by id. The first of two with one id counts."""
    nodes: dict[str, Any] = {}
    parents: dict[str, str | None] = {}
    is_flat = any(untrusted.name(message, "parentMessageId") for message in messages)
    waiting: list[tuple[Any, str | None]] = [(message, None) for message in reversed(messages)]
    while waiting:
        message, above = waiting.pop()
        if not isinstance(message, dict):
            counts[left_out.UNREADABLE] += 1
            continue
        key = untrusted.name(message, "messageId") or f"#{len(nodes)}"
        if key in nodes:
            counts[left_out.DUPLICATE] += 1
            continue
        named = untrusted.name(message, "parentMessageId")
        before = next(reversed(nodes), None) if not is_flat and above is None and "children" not in message else None
        parents[key] = above or (named if named not in _ROOTS else before)
        nodes[key] = message
        waiting += [(child, key) for child in reversed(untrusted.items(message, "children"))]
    return nodes, parents


def _message(node: Any, counts: Counter[str], model: str | None) -> ImportedMessage | None:
    is_person = untrusted.at(node, "isCreatedByUser")
    if not isinstance(is_person, bool):
        is_person = untrusted.text(node, "sender").lower() == "user"
    draft = Draft("user" if is_person else "assistant", counts)
    parts = untrusted.items(node, "content")
    for part in parts:
        _say_part(draft, part)
    if not parts:
        _say_text(draft, untrusted.text(node, "text"))
    for file in [*untrusted.items(node, "files"), *untrusted.items(node, "attachments")]:
        name = untrusted.text(file, "filename") or untrusted.text(file, "name")
        kind = "image" if untrusted.text(file, "type").startswith("image") else "file"
        draft.attach(from_data_url(untrusted.at(file, "filepath"), name), name, kind)
    if untrusted.at(node, "error") is True:
        draft.note("the answer ended with an error")
    if untrusted.at(node, "unfinished") is True:
        draft.note("the answer was cut off")
    return draft.build(
        create_time=parse_time(untrusted.at(node, "createdAt")),
        external_id=untrusted.name(node, "messageId") or None,
        model=untrusted.text(node, "model") or model,
    )


def _say_text(draft: Draft, text: str) -> None:
    if draft.role == "assistant" and (found := _THINKING.match(text)):
        draft.think(found.group(1))
        text = text[found.end() :]
    draft.say(text)


def _say_part(draft: Draft, part: Any) -> None:
    kind = untrusted.text(part, "type")
    inner = untrusted.at(part, kind)
    said = untrusted.text(inner) or untrusted.text(inner, "value")
    if kind == "text" or isinstance(part, str):
        _say_text(draft, said or untrusted.text(part))
    elif kind in ("think", "reasoning", "thinking"):
        draft.think(said)
    elif kind == "tool_call":
        # The text of a call that runs or has ended is its output; an old call has its name within.
        name = untrusted.text(inner, "name") or untrusted.text(inner, "function", "name")
        draft.tool(name.split("_mcp_")[0], unfinished="output" in untrusted.mapping(inner) and not inner["output"])
    elif kind in ("image_file", "image_url"):
        url = untrusted.at(inner, "url") or untrusted.at(inner, "filepath") or inner
        name = untrusted.text(inner, "filename")
        draft.attach(from_data_url(url, name), name, "image")
    elif kind == "error":
        draft.note(f"error: {said}")
    elif kind != "agent_update":
        draft.unknown(kind)
