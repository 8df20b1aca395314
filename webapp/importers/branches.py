"""The displayed branch of a tree without a stored leaf: that of its newest message.

A branch whose beginning is not in the export never wins over a whole one, unless it is newer by its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.importers.tree import newest_leaf, path_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class Branch(NamedTuple):
    """The ids of the displayed path, and how many messages name a parent that is not there.

    `is_torn` says that the first of the path does.
    """

    path: list[str]
    orphans: int
    is_torn: bool


def displayed(parents: Mapping[str, str | None], time_of: Callable[[str], datetime | None]) -> Branch:
    """Choose the branch. A parent that is None is the beginning of the chat."""
    tops = _tops(parents)
    orphaned = {top for top in tops.values() if parents[top] is not None}
    torn = {node: parents[node] for node in parents if tops[node] in orphaned}
    sound = {node: parents[node] for node in parents if tops[node] not in orphaned}
    best, other = newest_leaf(sound, time_of), newest_leaf(torn, time_of)
    if best is None or (other is not None and _is_newer(time_of(other), time_of(best))):
        best = other
    unknown = sum(1 for parent in parents.values() if parent is not None and parent not in parents)
    return Branch(path_to(best, parents) if best is not None else [], unknown, best is not None and best in torn)


def down(node: str, parents: Mapping[str, str | None]) -> str:
    """Return the leaf that is reached from a message by the last answer each time."""
    last = {parent: child for child, parent in parents.items() if parent is not None}
    seen = {node}
    while node in last and last[node] not in seen:
        node = last[node]
        seen.add(node)
    return node


def _is_newer(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other


def _tops(parents: Mapping[str, str | None]) -> dict[str, str]:
    """Return for each id the highest one that is above it; in a circle, one of its ids."""
    tops: dict[str, str] = {}
    for node in parents:
        way: list[str] = []
        seen: set[str] = set()
        current = node
        while current not in tops and current not in seen:
            seen.add(current)
            way.append(current)
            parent = parents[current]
            if parent is None or parent not in parents:
                break
            current = parent
        top = tops.get(current, current)
        tops.update(dict.fromkeys(way, top))
    return tops
