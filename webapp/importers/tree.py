"""Conversations that are trees: the displayed branch is the way from its last message up to the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime


def path_to(leaf: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return the ids from the root to the leaf. It ends at an unknown parent, and where a circle closes."""
    path: list[str] = []
    seen: set[str] = set()
    current: str | None = leaf
    while current is not None and current in parents and current not in seen:
        seen.add(current)
        path.append(current)
        current = parents[current]
    return path[::-1]


def newest_leaf(parents: Mapping[str, str | None], time_of: Callable[[str], datetime | None]) -> str | None:
    """Return the latest of the ids that are nobody's parent; of equal ones the last in order; None without ids.

    In a circle every id is a parent, and then the latest of all counts.
    """
    inner = set(parents.values())
    leaves = [node for node in parents if node not in inner] or list(parents)
    return _latest(leaves, time_of)


def _latest(nodes: Iterable[str], time_of: Callable[[str], datetime | None]) -> str | None:
    best: str | None = None
    best_time: datetime | None = None
    for node in nodes:
        moment = time_of(node)
        if best is None or best_time is None or (moment is not None and moment >= best_time):
            best, best_time = node, moment or best_time
    return best
