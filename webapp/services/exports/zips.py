"""A zip archive that is made while it is sent: nothing of it is stored."""

from __future__ import annotations

import hashlib
import zipfile
from typing import IO, TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

#: Bytes that are sent together.
_PIECE = 65_536
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
#: Read and written by the owner, as an ordinary file.
_MODE = 0o100600 << 16


class Member(NamedTuple):
    """A finished file of the archive. `sha256` is that of its bytes, as hexadecimal text."""

    name: str
    size: int
    sha256: str


class _Sink:
    """What the archive is written into: it cannot seek, and it gives away what it has."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def tell(self) -> int:
        """Refuse, as a pipe does. The archive then counts by itself and writes sizes behind each file."""
        raise OSError("This cannot be positioned.")

    def flush(self) -> None:
        """Do nothing: `take` is asked for what there is."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return taken


class ZipStream:
    """Writes an archive member by member. `members` are those that are finished."""

    def __init__(self, modified: datetime) -> None:
        self.members: list[Member] = []
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._sink), "w", zipfile.ZIP_DEFLATED)
        year = min(max(modified.year, _FIRST_YEAR), _LAST_YEAR)
        self._date = (year, modified.month, modified.day, modified.hour, modified.minute, modified.second)

    def member(
        self, name: str, pieces: Iterable[bytes], *, is_compressed: bool = False, is_large: bool = False
    ) -> Iterator[bytes]:
        """Write a file and yield the archive's bytes. `is_large`: it may have more than 2 GB."""
        info = zipfile.ZipInfo(name, self._date)
        info.compress_type = zipfile.ZIP_STORED if is_compressed else zipfile.ZIP_DEFLATED
        info.external_attr = _MODE
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=is_large) as file:
            for piece in _joined(pieces):
                file.write(piece)
                digest.update(piece)
                size += len(piece)
                if self._sink.size >= _PIECE:
                    yield self._sink.take()
        self.members.append(Member(name, size, digest.hexdigest()))
        yield self._sink.take()

    def end(self) -> Iterator[bytes]:
        """Write the archive's directory."""
        self._zip.close()
        yield self._sink.take()


def _joined(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join small pieces. Each write into the archive has a price of its own."""
    few: list[bytes] = []
    size = 0
    for piece in pieces:
        few.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(few)
            few.clear()
            size = 0
    yield b"".join(few)
