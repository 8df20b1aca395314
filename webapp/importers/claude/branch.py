"""The displayed messages of a chat: a list in older exports, a branch of a tree in newer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.importers import untrusted
from webapp.importers.times import parse_time
from webapp.importers.tree import newest_leaf, path_to

if TYPE_CHECKING:
    from collections import Counter

from webapp.importers import left_out

#: The parent of a first message.
_ROOT = "00000000-0000-4000-8000-000000000000"
_PARENT = "parent_message_uuid"


class Branch(NamedTuple):
    """The shown messages, those of other branches, and whether the beginning of the shown ones is missing."""

    shown: list[Any]
    others: list[Any]
    is_torn: bool


def displayed(chat: Any, messages: list[Any], counts: Counter[str]) -> Branch:
    """Return the branch that ends with the current leaf, else with the newest one; without parents all messages."""
    known = _by_id(messages, counts)
    if not any(_parent(message) for message in known.values()):
        return Branch(list(known.values()), [], is_torn=False)
    parents = _parents(known)
    leaf: str | None = untrusted.name(chat, "current_leaf_message_uuid")
    if leaf not in known:
        leaf = newest_leaf(parents, lambda key: parse_time(untrusted.at(known[key], "created_at")))
    path = path_to(leaf, parents) if leaf is not None else []
    shown = set(path)
    first = parents[path[0]] if path else None
    others = [message for key, message in known.items() if key not in shown]
    return Branch([known[key] for key in path], others, first is not None and first not in parents)


def _by_id(messages: list[Any], counts: Counter[str]) -> dict[str, Any]:
    """Return the readable messages by their ids. The first of several with one id counts."""
    known: dict[str, Any] = {}
    for number, message in enumerate(messages):
        if not isinstance(message, dict):
            counts[left_out.UNREADABLE] += 1
            continue
        key = untrusted.name(message, "uuid") or f"#{number}"
        if key in known:
            counts[left_out.DUPLICATE] += 1
        else:
            known[key] = message
    return known


def _parent(message: Any) -> str | None:
    parent = untrusted.name(message, _PARENT)
    return parent if parent not in ("", _ROOT) else None


def _parents(known: dict[str, Any]) -> dict[str, str | None]:
    """Return the parent of each message.

    No answer begins a chat: if one has no parent, then parents are not known there, and the list's order counts.
    """
    has_gaps = any(
        untrusted.text(message, "sender") == "assistant" and untrusted.at(message, _PARENT) in (None, "")
        for message in known.values()
    )
    parents: dict[str, str | None] = {}
    before: str | None = None
    for key, message in known.items():
        is_unknown = _PARENT not in message or (has_gaps and untrusted.at(message, _PARENT) in (None, ""))
        parents[key] = before if is_unknown else _parent(message)
        before = key
    return parents
