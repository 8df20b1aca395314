"""The displayed path of a session. A session is appended to, so its order is that of the file.

After a rewind, the prompts that were taken back stay in the file, beside those that took their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.importers import untrusted
from webapp.importers.tree import path_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from webapp.importers.claude_code.records import Entry

_MESSAGES = ("user", "assistant")


def taken_back(entries: Sequence[Entry], is_prompt: Callable[[Entry], bool]) -> set[str]:
    """Return the uuids of the records that a rewind left behind.

    A branch counts as such if it has a prompt, and a prompt or a whole turn took its place. Others are records of tools
    that worked side by side, or what was typed meanwhile.
    """
    by_uuid = {entry.uuid: entry for entry in reversed(entries) if entry.uuid}
    parents = {uuid: entry.parent for uuid, entry in by_uuid.items()}
    shown = _shown(entries, parents)
    following = {parents[uuid]: uuid for uuid in shown if parents[uuid] is not None}
    branches: dict[str, list[Entry]] = {}
    for uuid, top in _tops(parents, shown).items():
        branches.setdefault(top, []).append(by_uuid[uuid])
    dead: set[str] = set()
    for top, branch in branches.items():
        instead = by_uuid.get(following.get(parents[top]) or "")
        is_replaced = instead is not None and is_prompt(instead)
        has_answer = any(entry.kind == "assistant" for entry in branch)
        if (is_replaced or has_answer) and any(is_prompt(entry) for entry in branch):
            dead.update(entry.uuid for entry in branch)
    return dead


def _shown(entries: Sequence[Entry], parents: Mapping[str, str | None]) -> set[str]:
    """Return the ways from the last message of each tree to its root, and what a compaction kept."""
    roots = _roots(parents)
    leaves = {
        roots[entry.uuid]: entry.uuid
        for entry in entries
        if entry.uuid and entry.kind in _MESSAGES and not entry.is_side
    }
    shown: set[str] = set()
    for leaf in leaves.values():
        shown.update(path_to(leaf, parents))
    for entry in entries:
        kept = untrusted.items(entry.record, "compactMetadata", "preservedMessages", "uuids")
        shown.update(uuid for uuid in kept if isinstance(uuid, str) and uuid in parents)
    return shown


def _roots(parents: Mapping[str, str | None]) -> dict[str, str]:
    """Return the root of each record. A circle has the one of its records from which it was entered."""
    roots: dict[str, str] = {}
    for start in parents:
        way = _climb(start, parents, roots)
        root = roots.get(way[-1], way[-1])
        roots.update((uuid, root) for uuid in way)
    return roots


def _tops(parents: Mapping[str, str | None], shown: set[str]) -> dict[str, str]:
    """Return, for the records beside the ways, the first one of their branch. Trees without a message have none."""
    tops: dict[str, str] = {}
    for start in parents:
        if start in shown:
            continue
        way = _climb(start, parents, tops, shown)
        last = way[-1]
        top = tops.get(last, last if parents[last] in shown else "")
        tops.update((uuid, top) for uuid in way)
    return {uuid: top for uuid, top in tops.items() if top}


def _climb(
    start: str, parents: Mapping[str, str | None], known: Mapping[str, str], until: set[str] | None = None
) -> list[str]:
    """Return the records from `start` up to one that is known, below `until`, without a parent, or in a circle."""
    way = [start]
    seen = {start}
    while way[-1] not in known:
        parent = parents[way[-1]]
        if parent is None or parent not in parents or parent in seen or parent in (until or ()):
            break
        seen.add(parent)
        way.append(parent)
    return way
