"""An upload as a list of files: those that were chosen, those of folders, and those inside zip archives.

Names are for people and for matching; nothing is ever written under such a name.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from webapp.importers.budget import Budget, BudgetedStream
from webapp.importers.errors import TooLarge, UnreadableUpload
from webapp.importers.texts import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MOST_MEMBERS = 300_000
#: Archives inside an archive that are opened, for example the zip files of one download folder.
_DEEPEST = 2
_ZIP_MAGIC = b"PK\x03\x04"
_BUFFER = 256 * 1024
#: Files that hold chats. The list of the files of an export does not.
_DATA = re.compile(r"^(?!(.*/)?(export_)?manifest[^/]*$).*\.(json|jsonl|html|db)$", re.IGNORECASE)
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an upload. `name` is its path with `/`, without that of the upload; `modified` is seconds since 1970.

    `size` is what the file system or the archive says.
    """

    name: str
    size: int
    _open: Callable[[], BinaryIO]
    modified: float | None = None

    @property
    def base(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    def open(self) -> BinaryIO:
        """Open the bytes for reading. Raises UnreadableUpload, also the stream's `read`."""
        return self._open()

    def head(self, count: int) -> bytes:
        """Return the first bytes."""
        with self.open() as stream:
            return stream.read(count)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of an upload, in the order of their names within each chosen file or folder."""

    members: Sequence[Member]
    _budget: Budget

    def bytes_read(self) -> int:
        """Return how many bytes of all files were read, some of them twice."""
        return self._budget.taken


@contextmanager
def open_bundle(paths: Sequence[Path], names: Sequence[str] | None = None) -> Iterator[Bundle]:
    """Open files, folders and zip archives. Archives stay open until the block ends.

    `names` are the names of the paths for people. Raises UnreadableUpload for an archive that is torn or encrypted, and
    TooLarge.
    """
    with ExitStack() as stack:
        budget = Budget(sum(_size_of(path) for path in paths))
        opener = _Opener(stack, budget)
        members: list[Member] = []
        for path, name in zip(paths, names or [path.name for path in paths], strict=True):
            for member in opener.members(path, clean_line(name)):
                members.append(member)
                if len(members) > _MOST_MEMBERS:
                    raise TooLarge(f"The upload has more than {_MOST_MEMBERS:,} files. Import fewer at a time.")
        yield Bundle(members, budget)


class _Opener:
    def __init__(self, stack: ExitStack, budget: Budget) -> None:
        self._stack = stack
        self._budget = budget

    def members(self, path: Path, name: str) -> Iterator[Member]:
        if path.is_dir():
            yield from self._folder(path)
        else:
            state = path.stat()
            yield from self._unpacked(Member(name, state.st_size, self._path_opener(path), state.st_mtime))

    def _folder(self, folder: Path) -> Iterator[Member]:
        for parent, folders, files in os.walk(folder):
            folders.sort()
            for file in sorted(files):
                path = Path(parent, file)
                # A link may lead out of the folder.
                if path.is_symlink() or not path.is_file():
                    continue
                state = path.stat()
                name = path.relative_to(folder).as_posix()
                yield from self._unpacked(Member(name, state.st_size, self._path_opener(path), state.st_mtime))

    def _unpacked(self, member: Member, depth: int = 0) -> Iterator[Member]:
        """Yield the member, or the members of the archive that it is."""
        if _is_junk(member.name):
            return
        if depth == _DEEPEST or member.head(4) != _ZIP_MAGIC:
            yield member
            return
        archive = self._archive(member)
        infos = sorted((info for info in archive.infolist() if not info.is_dir()), key=lambda info: info.filename)
        holds_archives = _holds_archives([info.filename for info in infos])
        for info in infos:
            if info.flag_bits & 0x1:
                raise UnreadableUpload(
                    f"The archive “{member.name}” is protected by a password. Unpack it, and choose the files inside."
                )
            inner = Member(_inner_name(info, member, depth), info.file_size, self._zip_opener(archive, info))
            yield from self._unpacked(inner, depth + 1 if holds_archives else _DEEPEST)

    def _archive(self, member: Member) -> zipfile.ZipFile:
        try:
            stream = self._stack.enter_context(member.open())
            if not stream.seekable():
                stream = self._spooled(stream)
            return self._stack.enter_context(zipfile.ZipFile(stream))
        except UnreadableUpload:
            raise
        except _BROKEN:
            raise UnreadableUpload(
                f"The archive “{member.name}” is damaged or incomplete. Download it again, then import the new file."
            ) from None

    def _spooled(self, stream: BinaryIO) -> BinaryIO:
        """Copy an archive inside an archive to a temporary file, because an archive is read from its end."""
        copy = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        while data := stream.read(_BUFFER):
            copy.write(data)
        copy.seek(0)
        return cast("BinaryIO", copy)

    def _path_opener(self, path: Path) -> Callable[[], BinaryIO]:
        def open_path() -> BinaryIO:
            return io.BufferedReader(BudgetedStream(path.open("rb"), self._budget), _BUFFER)

        return open_path

    def _zip_opener(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
        def open_member() -> BinaryIO:
            try:
                inner = _Checked(archive.open(info), info.filename)
            except _BROKEN:
                raise _torn(info.filename) from None
            return io.BufferedReader(BudgetedStream(cast("BinaryIO", inner), self._budget), _BUFFER)

        return open_member


class _Checked(io.RawIOBase):
    """The stream of an archive's member. Damage is an UnreadableUpload."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._inner = stream
        self._name = name

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._inner.read(size)
        except _BROKEN:
            raise _torn(self._name) from None

    def close(self) -> None:
        self._inner.close()
        super().close()


def _holds_archives(names: Sequence[str]) -> bool:
    """Say whether an archive only groups other archives. Otherwise an archive inside is somebody's attachment."""
    others = [name for name in names if not name.lower().endswith(".zip") and not _is_junk(name)]
    return len(others) < len(names) and not any(_DATA.search(name) for name in others)


def _torn(name: str) -> UnreadableUpload:
    return UnreadableUpload(f"The file “{clean_line(name)}” in the archive is damaged. Download the archive again.")


def _inner_name(info: zipfile.ZipInfo, outer: Member, depth: int) -> str:
    name = clean_line(info.filename.replace("\\", "/"), 500)
    return f"{outer.name}/{name}" if depth else name


def _is_junk(name: str) -> bool:
    return any(
        name.startswith(junk) or f"/{junk}" in name or name.endswith(f"/{junk}") or name == junk for junk in _JUNK
    )


def _size_of(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    return path.stat().st_size
