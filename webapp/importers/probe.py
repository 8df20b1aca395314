"""The beginning of a file, decoded, from which its format is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from webapp.importers.json_stream import read_elements, read_lines

if TYPE_CHECKING:
    from webapp.importers.bundle import Member

Shape: TypeAlias = Literal["array", "object", "lines", "sqlite", "html", "text", "pdf", "binary", "empty"]

_SQLITE = b"SQLite format 3\0"
_PDF = b"%PDF-"
_HEAD = 4096
#: Elements of an array, and lines, that are looked at.
_ELEMENTS, _LINES = 5, 60
_SPACE = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file begins with.

    `elements` has the first elements of an array, or the first readable lines of a JSONL file; `members` those of an
    object, up to its first array that is long, with the first elements of each array. `head` has up to 4 KB of text.
    """

    member: Member
    shape: Shape
    elements: list[Any] = field(default_factory=list)
    members: dict[str, Any] = field(default_factory=dict)
    head: str = ""

    @property
    def first(self) -> Any:
        """The first element that is an object, or None."""
        return next((element for element in self.elements if isinstance(element, dict)), None)

    def objects(self) -> list[dict[str, Any]]:
        """Return those of `elements` that are objects."""
        return [element for element in self.elements if isinstance(element, dict)]


def probe(member: Member) -> Probe:
    """Look at a file's beginning. Raises UnreadableUpload if it cannot be read at all."""
    head = member.head(_HEAD)
    if not head.strip(_SPACE):
        return Probe(member, "empty")
    if head.startswith(_SQLITE):
        return Probe(member, "sqlite")
    if head.startswith(_PDF):
        return Probe(member, "pdf")
    if b"\0" in head.rstrip(b"\0"):
        return Probe(member, "binary")
    return _probe_text(member, head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n"))


def _probe_text(member: Member, text: str) -> Probe:
    if text.startswith("<"):
        return Probe(member, "html", head=text)
    if member.name.lower().endswith((".jsonl", ".ndjson")):
        return Probe(member, "lines", _first_lines(member), head=text)
    if text.startswith("["):
        return Probe(member, "array", _first_elements(member), head=text)
    if text.startswith("{"):
        lines = _first_lines(member)
        # The first line of a document over several lines is no JSON.
        return Probe(member, "lines", lines, head=text) if len(lines) > 1 else _object(member, text)
    return Probe(member, "text", head=text)


def _first_lines(member: Member) -> list[Any]:
    """Return the first lines that are JSON; none if the first one is not, unless the name says that these are lines."""
    found: list[Any] = []
    is_named = member.name.lower().endswith((".jsonl", ".ndjson"))
    with member.open() as stream:
        for element in read_lines(stream):
            if element.error is None:
                found.append(element.value)
            if len(found) == _LINES or not (found or is_named):
                break
    return found


def _object(member: Member, head: str) -> Probe:
    members: dict[str, Any] = {}
    with member.open() as stream:
        for element in read_elements(stream):
            if element.error is not None or not element.path:
                continue
            key = str(element.path[0])
            if len(element.path) == 1:
                members[key] = element.value
                continue
            found = members.setdefault(key, [])
            found.append(element.value)
            if len(found) == _ELEMENTS:
                break
    return Probe(member, "object", members=members, head=head)


def _first_elements(member: Member) -> list[Any]:
    found: list[Any] = []
    with member.open() as stream:
        for element in read_elements(stream):
            if element.error is None:
                found.append(element.value)
            if len(found) == _ELEMENTS:
                break
    return found
