"""A whole account's export as it is read: checked against its manifest before anything of it is used."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from webapp.errors import Invalid
from webapp.services.exports.everything import ACCOUNT, FORMAT, MANIFEST
from webapp.services.exports.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NAMES = (ACCOUNT, *(table.name for table in TABLES))
#: Bytes. A manifest has a line for each chat and file, a line of data at most one message.
_LONGEST_MANIFEST, _LONGEST_LINE = 256 * 1024 * 1024, 64 * 1024 * 1024
_PIECE = 256 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, KeyError, ValueError)


def torn(reason: str) -> Invalid:
    return Invalid(f"This export cannot be restored. Nothing was changed. {reason}")


def is_export(path: Path) -> bool:
    """Say whether a file is a whole account's export, by its manifest."""
    try:
        with zipfile.ZipFile(path) as opened:
            return str(_manifest(opened).get("format")).startswith("minutebook-export/")
    except (*_BROKEN, Invalid, AttributeError):
        return False


@contextmanager
def open_archive(path: Path, report: Callable[[int, int], None] | None = None) -> Iterator[Archive]:
    """Open an export and compare every member that is restored with the manifest.

    `report` is told how many bytes are compared and how many there are. Raises Invalid with the reason.
    """
    try:
        opened = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise torn("It is not a zip archive, or its end is missing. Download it again.") from error
    with opened:
        archive = Archive(opened)
        archive.check(report or (lambda *_: None))
        yield archive


class Archive:
    """An export. `counts` has the number of rows of each table."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self._manifest = _manifest(opened)
        if self._manifest.get("format") != FORMAT:
            raise torn(
                f"Its manifest does not say that it is {FORMAT}; a newer version of Minutebook may have made it."
            )
        self.counts: dict[str, int] = self._whole_numbers("counts", _NAMES)
        self.transcripts: dict[str, str] = self._manifest.get("transcripts", {})
        if not isinstance(self.transcripts, dict):
            raise torn("Its manifest does not have the digests of the transcripts.")

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table as objects. Raises Invalid."""
        with self._open(f"data/{name}.ndjson") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                yield _object(line, f"line {number} of {name}")

    def pieces(self, sha256: bytes, size: int) -> Iterator[bytes]:
        """Yield the bytes of a file in chunks of 256 KiB. Raises Invalid if there are others, or none."""
        with self._open(f"files/{sha256.hex()}") as file:
            found = 0
            while piece := file.read(_PIECE):
                found += len(piece)
                yield piece
        if found != size:
            raise torn(f"The file {sha256.hex()} has another size than its row says.")

    def check(self, report: Callable[[int, int], None]) -> None:
        """Compare every row and file with the manifest's digests."""
        members = self._members()
        for name in (f"data/{table}.ndjson" for table in _NAMES):
            if name not in members:
                raise torn(f"It lacks {name}.")
        done, total = 0, sum(size for size, _ in members.values())
        for name, (size, expected) in members.items():
            digest, found = hashlib.sha256(), 0
            with self._open(name) as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    found += len(piece)
                    report(done := done + len(piece), total)
                    if found > size:
                        break
            if found != size or digest.hexdigest() != expected:
                raise torn(f"{name} is not what the manifest says: the archive was changed or is damaged.")
            if name.startswith("files/") and name != f"files/{expected}":
                raise torn(f"{name} does not have the bytes that its name says.")

    def _members(self) -> dict[str, tuple[int, str]]:
        """Return size and digest of each member that is restored. The chats to read are made from the others."""
        try:
            listed = {str(each["name"]): (int(each["size"]), str(each["sha256"])) for each in self._manifest["members"]}
        except (KeyError, TypeError, ValueError) as error:
            raise torn("Its manifest does not list its files.") from error
        return {name: facts for name, facts in listed.items() if name.startswith(("data/", "files/"))}

    def _whole_numbers(self, name: str, keys: tuple[str, ...]) -> dict[str, int]:
        try:
            return {key: int(self._manifest[name][key]) for key in keys}
        except (KeyError, TypeError, ValueError) as error:
            raise torn(f"Its manifest has no {name} of every table.") from error

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        try:
            with self._zip.open(name) as file:
                yield file  # type: ignore[misc] # ZipExtFile reads like a file
        except _BROKEN as error:
            raise torn(f"{name} is missing or damaged.") from error


def _manifest(opened: zipfile.ZipFile) -> dict[str, Any]:
    try:
        if opened.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
            raise torn("Its manifest is too large.")
        manifest = json.loads(opened.read(MANIFEST))
    except _BROKEN as error:
        raise torn("It has no manifest that can be read, so it is not a whole export of Minutebook.") from error
    if not isinstance(manifest, dict):
        raise torn("Its manifest is not an object.")
    return manifest


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise torn(f"There is no row on {place}.") from error
    if not isinstance(value, dict):
        raise torn(f"There is no row on {place}.")
    return value
