"""The conversations of a JSON file, one at a time: elements of an array, lines, or the file's only object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from webapp.importers import untrusted
from webapp.importers.attempts import attempt, unreadable
from webapp.importers.json_stream import read_elements, read_lines
from webapp.importers.probe import probe
from webapp.importers.records import ImportedConversation, LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from webapp.importers.bundle import Member
    from webapp.importers.json_stream import Element
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

Made = TypeVar("Made")


class Entry(NamedTuple):
    """A value with its place in the upload, or the error in its place."""

    place: str
    value: Any
    error: str | None = None


def candidates(probe: Probe, *wrappers: str) -> list[dict[str, Any]]:
    """Return the first objects of a file that can be conversations, also those within the arrays named `wrappers`."""
    if probe.shape != "object":
        return probe.objects()
    inner = [one for key in wrappers for one in untrusted.items(probe.members, key) if isinstance(one, dict)]
    return inner or [probe.members]


def entries(member: Member, *wrappers: str) -> Iterator[Entry]:
    """Yield each conversation of a file. An array that is named in `wrappers` holds the conversations of an object."""
    shape = probe(member).shape
    with member.open() as stream:
        if shape == "object":
            yield from _of_object(member, read_elements(stream), wrappers)
        else:
            for element in (read_lines if shape == "lines" else read_elements)(stream):
                yield _entry(member, element)


def read_each(member: Member, build: Callable[[str, Any], Record], *wrappers: str) -> Iterator[Record]:
    """Yield what `build` makes of each conversation, given its place and value."""
    for entry in entries(member, *wrappers):
        yield built(entry, build)


def built(entry: Entry, build: Callable[[str, Any], Made]) -> Made | LeftOut:
    if entry.error is not None:
        return unreadable(entry.place, entry.error)
    return attempt(entry.place, lambda: build(entry.place, entry.value))


def with_unique_ids(records: Iterable[Record]) -> Iterator[Record]:
    """Take the id from a conversation whose id another one of the same file has: they must not become one chat."""
    seen: set[str] = set()
    for record in records:
        if isinstance(record, ImportedConversation) and record.external_id is not None:
            if record.external_id in seen:
                yield replace(record, external_id=None)
                continue
            seen.add(record.external_id)
        yield record


def whole(member: Member) -> tuple[dict[str, Any], list[Entry]]:
    """Return a file that is one object, and the errors in it. Its broken parts are not there."""
    found: dict[str, Any] = {}
    errors: list[Entry] = []
    with member.open() as stream:
        for element in read_elements(stream):
            if element.error is not None or not element.path:
                errors.append(Entry(_place(member, element), None, element.error or "The file is no object."))
            elif len(element.path) == 1:
                found[str(element.path[0])] = element.value
            else:
                _append(found, str(element.path[0]), element.value)
    return found, errors


def _append(found: dict[str, Any], key: str, value: Any) -> None:
    if not isinstance(found.get(key), list):
        found[key] = []
    found[key].append(value)


def _of_object(member: Member, elements: Iterable[Element], wrappers: tuple[str, ...]) -> Iterator[Entry]:
    found: dict[str, Any] = {}
    is_wrapped = False
    for element in elements:
        if element.error is not None or not element.path:
            yield _entry(member, element)
        elif len(element.path) > 1 and element.path[0] in wrappers and isinstance(element.value, dict):
            is_wrapped = True
            yield _entry(member, element)
        elif len(element.path) == 1:
            found[str(element.path[0])] = element.value
        else:
            _append(found, str(element.path[0]), element.value)
    if found and not is_wrapped:
        yield Entry(member.name, found)


def _entry(member: Member, element: Element) -> Entry:
    return Entry(_place(member, element), element.value, element.error)


def _place(member: Member, element: Element) -> str:
    last = element.path[-1] if element.path else None
    if isinstance(last, int):
        return f"{member.name}, item {last + 1}"
    return f"{member.name}, {last[:80]}" if last else member.name
