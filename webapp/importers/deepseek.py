"""The account export of DeepSeek: a tree of nodes whose messages are lists of fragments. Also captures of its web API.

No leaf is stored: the branch of the newest leaf was shown.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.branches import displayed
from webapp.importers.deepseek_fragments import messages_of
from webapp.importers.json_files import candidates, read_each, with_unique_ids
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record

_ROOTS = ("", "root", "0")


class DeepSeek:
    """The format of `{"mapping": {"1": {"message": {"fragments": […]}}}}`."""

    name = "deepseek"
    label = "DeepSeek"

    def claims(self, probe: Probe) -> bool:
        return any(
            _is_capture(one) or any(_is_node(node) for node in untrusted.mapping(one, "mapping").values())
            for one in candidates(probe, "conversations")
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(read_each(member, _conversation, "conversations"))


FORMAT = DeepSeek()


def _is_node(node: Any) -> bool:
    message = untrusted.mapping(node, "message")
    return isinstance(message.get("fragments"), list) or ("inserted_at" in message and "author" not in message)


def _is_capture(value: Any) -> bool:
    return isinstance(untrusted.at(value, "data", "biz_data", "chat_messages"), list)


def _conversation(place: str, value: Any) -> Record:
    counts: Counter[str] = Counter()
    capture = untrusted.mapping(value, "data", "biz_data")
    facts = untrusted.mapping(capture, "chat_session") or untrusted.mapping(value)
    nodes, parents = _captured(capture) if capture else _exported(value, counts)
    title = texts.clean_line(untrusted.text(facts, "title"), 200)
    messages = _shown(nodes, parents, counts)
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(facts, "id") or None,
        title=title,
        messages=messages,
        create_time=parse_time(untrusted.at(facts, "inserted_at")),
        update_time=parse_time(untrusted.at(facts, "updated_at")),
        model=next((found.model for found in reversed(messages) if found.model), None),
        pinned=untrusted.at(facts, "pinned") is True,
        left_out=+counts,
    )


def _shown(nodes: dict[str, Any], parents: dict[str, str | None], counts: Counter[str]) -> list[ImportedMessage]:
    found = displayed(parents, lambda key: parse_time(untrusted.at(nodes[key], "inserted_at")))
    counts[left_out.BRANCH] += len(nodes) - len(found.path)
    counts[left_out.MISSING_PART] += found.orphans
    return [made for key in found.path for made in messages_of(key, nodes[key], counts)]


def _exported(value: Any, counts: Counter[str]) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Return the messages and their parents, by node. Those below a node without a message belong to the one above."""
    mapping = untrusted.mapping(value, "mapping")
    nodes = {key: untrusted.mapping(node, "message") for key, node in mapping.items() if _has_message(node)}
    torn = sum(1 for node in mapping.values() if not isinstance(node, dict))
    counts[left_out.UNREADABLE] += torn
    return nodes, {key: _parent(key, mapping, nodes) for key in nodes}


def _parent(key: str, mapping: dict[str, Any], nodes: dict[str, Any]) -> str | None:
    seen = {key}
    above = untrusted.name(mapping[key], "parent")
    while above in mapping and above not in nodes and above not in seen:
        seen.add(above)
        above = untrusted.name(mapping[above], "parent")
    return None if above in _ROOTS and above not in nodes else above


def _has_message(node: Any) -> bool:
    return bool(untrusted.mapping(node, "message"))


def _captured(capture: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str | None]]:
    nodes: dict[str, Any] = {}
    parents: dict[str, str | None] = {}
    for number, message in enumerate(untrusted.items(capture, "chat_messages")):
        key = untrusted.name(message, "message_id") or f"#{number}"
        if isinstance(message, dict) and key not in nodes:
            nodes[key] = message
            above = untrusted.name(message, "parent_id")
            parents[key] = None if above in _ROOTS else above
    return nodes, parents
