"""The chats of JSON files, one at a time.

They stand in an array, in an object's array, as the values of an object, in lines, or one chat is the whole file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webapp.importers.bundle import Member
    from webapp.importers.json_stream import Element

#: Members of an object whose array or object holds chats.
_LISTS = ("conversations", "chats", "data", "items")
_DIGITS = re.compile(r"(\d+)")


class Entry(NamedTuple):
    """A chat as it stands in a file; `error` says why it cannot be read."""

    place: str
    value: Any
    error: str | None = None


def read_entries(member: Member, is_chat: Callable[[Any], bool], within: str = "") -> Iterator[Entry]:
    """Yield the entries of a file. `is_chat` tells a chat from the other members of an object.

    The member `within` of an object is no chat by itself, but makes the whole object one.
    """
    shape = probe(member).shape
    with member.open() as stream:
        if shape == "object":
            yield from _of_object(member.name, read_elements(stream), is_chat, within)
            return
        for element in (read_lines if shape == "lines" else read_elements)(stream):
            yield _entry(member.name, element)


def in_order(members: Sequence[Member]) -> list[Member]:
    """Return files in the order of the numbers in their names: conversations-2.json before conversations-10.json."""
    return sorted(members, key=lambda member: _key(member.name))


def _key(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(name)]


def _entry(name: str, element: Element) -> Entry:
    numbers = [step for step in element.path if isinstance(step, int)]
    place = f"{name}, item {numbers[-1] + 1}" if numbers else name
    return Entry(place, element.value, element.error)


def _of_object(name: str, elements: Iterator[Element], is_chat: Callable[[Any], bool], within: str) -> Iterator[Entry]:
    """Yield the chats inside the object, else the object itself."""
    whole: dict[str, Any] = {}
    for element in elements:
        key = str(element.path[0]) if element.path else ""
        if len(element.path) > 1 and (is_chat(element.value) or key in _LISTS):
            yield _entry(name, element)
        elif len(element.path) > 1:
            whole.setdefault(key, []).append(element.value)
        elif element.error is not None or not key:
            yield Entry(name, None, element.error or "It is no object.")
        elif key in _LISTS and isinstance(element.value, dict):
            yield from (Entry(f"{name}, {inner}", value) for inner, value in element.value.items())
        elif key != within and is_chat(element.value):
            yield Entry(f"{name}, {key}", element.value)
        else:
            whole[key] = element.value
    if is_chat(whole):
        yield Entry(name, whole)
