"""Reading of an upload: finds the format of each file, and yields what the files hold."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING, NamedTuple

from webapp.importers import left_out
from webapp.importers.errors import UnreadableUpload
from webapp.importers.formats import all_formats
from webapp.importers.probe import probe
from webapp.importers.records import LeftOut, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.formats import Format

#: Files beside the chats that hold names, addresses and payments. They are never opened.
PRIVATE = (
    "user.json",
    "users.json",
    "login_history.json",
    "prod-mc-auth-mgmt-api.json",
    "prod-mc-billing.json",
)
#: An upload that somebody gave to a chat has such a name in ChatGPT's exports. It holds no chats, whatever is in it.
_CHATS = re.compile(r"conversations(-\d+)?\.json")
_ATTACHED = re.compile(r"file[-_].+")
#: The bytes of a file in Minutebook's own archive of a chat, which may themselves be an export.
_HASHED = re.compile(r"(.*/)?files/[0-9a-f]{64}")
#: Files that can hold chats.
_SHAPES = ("array", "object", "lines", "sqlite", "html", "text")


class Read(NamedTuple):
    """A record and the name of its format; an empty name if the record is of none."""

    origin: str
    record: Record


class Claims(NamedTuple):
    """Which format reads which files."""

    by_format: list[tuple[Format, list[Member]]]
    beside: list[LeftOut]


def read_upload(bundle: Bundle, format_name: str | None = None) -> Iterator[Read]:
    """Yield the records of an upload, in the order of its formats and files.

    `format_name` names the format of every file, instead of finding it. Raises UnreadableUpload if no file can be read;
    its sentence says what the upload seems to be.
    """
    claims = find_formats(bundle, format_name)
    for found, members in claims.by_format:
        for record in found.read(bundle, members):
            yield Read(found.name, record)
    for record in claims.beside:
        yield Read("", record)


def find_formats(bundle: Bundle, format_name: str | None = None) -> Claims:
    """Find the format of each file. Raises UnreadableUpload if there is none, or no such format."""
    formats = [one for one in all_formats() if format_name in (None, one.name)]
    if not formats:
        names = ", ".join(one.name for one in all_formats())
        raise UnreadableUpload(f"There is no format “{format_name}”. Choose one of: {names}.")
    claimed: dict[str, list[Member]] = {one.name: [] for one in formats}
    beside: list[LeftOut] = []
    shapes: list[str] = []
    has_attached = any(_CHATS.fullmatch(member.base) for member in bundle.members)
    for member in bundle.members:
        if (has_attached and _ATTACHED.fullmatch(member.base)) or _HASHED.fullmatch(member.name):
            continue
        if any(fnmatch(member.base.lower(), private) for private in PRIVATE):
            beside.append(LeftOut(place=member.name, kind=left_out.PRIVATE, reason="It holds account data."))
            continue
        seen = probe(member)
        shapes.append(seen.shape)
        if seen.shape not in _SHAPES:
            continue
        owner = next((one for one in formats if format_name or one.claims(seen)), None)
        if owner is not None:
            claimed[owner.name].append(member)
    by_format = [(one, claimed[one.name]) for one in formats if claimed[one.name]]
    if not by_format:
        raise UnreadableUpload(_what_it_seems(bundle.members, shapes))
    return Claims(by_format, beside)


_SEEMS = {
    "array": "a JSON file of another program",
    "object": "a JSON file of another program",
    "lines": "a JSONL file of another program",
    "sqlite": "an SQLite database of another program",
    "html": "a web page",
    "text": "a text",
    "pdf": "a PDF",
    "binary": "a picture, a program or another binary file",
    "empty": "an empty file",
}


def _what_it_seems(members: Sequence[Member], shapes: Sequence[str]) -> str:
    if not members:
        return "There is no file in this upload."
    supported = ", ".join(one.label for one in all_formats())
    if not shapes:
        return f"The upload holds account data only, and no chats. Supported are: {supported}."
    seems = _SEEMS[max(set(shapes), key=shapes.count)]
    name = f"“{members[0].name}” seems to be" if len(members) == 1 else f"The {len(members):,} files seem to be"
    return f"{name} {seems}, and no export with chats that can be read. Supported are: {supported}."
