"""The displayed branch of a conversation: the way from its current node up to the root."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.importers import untrusted
from webapp.importers.times import parse_time
from webapp.importers.tree import newest_leaf, path_to

if TYPE_CHECKING:
    from datetime import datetime

#: Nodes above a leaf without a time that are asked for one.
_STEPS = 50


class Branch(NamedTuple):
    """The keys of the shown nodes in their order, and whether their beginning is missing."""

    path: list[str]
    is_torn: bool


def displayed(conversation: dict[str, Any]) -> Branch:
    mapping: dict[str, Any] = conversation["mapping"]
    parents = _parents(mapping)
    path = _path(conversation, mapping, parents)
    first = parents[path[0]] if path else None
    # A circle also begins with a node that has a parent.
    return Branch(path, first is not None and first not in parents)


def _parents(mapping: dict[str, Any]) -> dict[str, str | None]:
    """Return the parent of each node. Without any parents the nodes are a list."""
    found = {key: untrusted.name(node, "parent") or None for key, node in mapping.items()}
    if any(found.values()):
        return found
    for key, node in mapping.items():
        for child in untrusted.items(node, "children"):
            if isinstance(child, str) and child in found and child != key:
                found[child] = key
    if not any(found.values()):
        found.update({after: before for before, after in pairwise(mapping)})
    return found


def _path(conversation: dict[str, Any], mapping: dict[str, Any], parents: dict[str, str | None]) -> list[str]:
    current = untrusted.name(conversation, "current_node")
    if current in parents:
        return path_to(current, parents)
    # Without a message a node was not shown, and is no end.
    nodes = {key: parent for key, parent in parents.items() if untrusted.mapping(mapping[key], "message")}

    def time_of(key: str) -> datetime | None:
        return _time_near(key, mapping, parents)

    leaf = newest_leaf(nodes, time_of)
    if leaf is None:
        return []
    if time_of(leaf) is None:
        leaf = _last_whole(nodes, parents) or leaf
    return path_to(leaf, parents)


def _time_near(key: str, mapping: dict[str, Any], parents: dict[str, str | None]) -> datetime | None:
    """Return the time of a node, or of the nearest one above that has a time."""
    current: str | None = key
    for _ in range(_STEPS):
        if current is None or current not in parents:
            return None
        moment = parse_time(untrusted.at(mapping[current], "message", "create_time"))
        if moment is not None:
            return moment
        current = parents[current]
    return None


def _last_whole(nodes: dict[str, str | None], parents: dict[str, str | None]) -> str | None:
    """Return the last leaf whose way leads to a root."""
    inner = set(nodes.values())
    for leaf in reversed([key for key in nodes if key not in inner]):
        path = path_to(leaf, parents)
        if path and parents[path[0]] is None:
            return leaf
    return None
