"""A file on its way into the database: read once, hashed and looked at, so that the transaction is short."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from webapp.config.settings import Settings
from webapp.errors import FileTooLarge
from webapp.services.files.media_types import HEAD, TextCheck, media_type_of, size_of_image
from webapp.services.files.names import clean_name
from webapp.state import current

if TYPE_CHECKING:
    from typing import Self

#: Bytes of a chunk.
CHUNK = 256 * 1024
#: Bytes of a file that are held in memory. A larger one is in a temporary file.
_IN_MEMORY = 4 * CHUNK


@dataclass(frozen=True, kw_only=True)
class SpooledFile:
    """A file in memory or in a temporary file, until it is closed."""

    name: str
    sha256: bytes
    size: int
    media_type: str
    width: int | None
    height: int | None
    content: BinaryIO

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self.content.close()


def spool_file(stream: BinaryIO, name: str) -> SpooledFile:
    """Read a stream to its end. It takes no transaction, and memory for a few chunks. The caller closes the result.

    Raises FileTooLarge as soon as the stream has more bytes than a file may have, and what the stream raises.
    """
    content = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the caller closes it
    try:
        return _spooled(stream, clean_name(name), content)
    except BaseException:
        content.close()
        raise


def _spooled(stream: BinaryIO, name: str, content: BinaryIO) -> SpooledFile:
    limit = current(Settings).max_file_bytes
    digest, check, size, head = sha256(), TextCheck(), 0, b""
    while data := stream.read(CHUNK):
        size += len(data)
        if size > limit:
            raise too_large(name, limit)
        digest.update(data)
        check.feed(data)
        if len(head) < HEAD:
            head += data[: HEAD - len(head)]
        content.write(data)
    check.feed(b"", is_last=True)
    media_type = media_type_of(head, is_text=check.is_text)
    width, height = size_of_image(content, media_type)
    return SpooledFile(
        name=name,
        sha256=digest.digest(),
        size=size,
        media_type=media_type,
        width=width,
        height=height,
        content=content,
    )


def too_large(name: str, limit: int) -> FileTooLarge:
    return FileTooLarge(
        f"The file “{name}” is larger than {readable_size(limit)}, the limit for a file. Make it smaller.",
        facts={"limit": limit},
    )


def readable_size(size: int) -> str:
    """Return a number of bytes as people read it: "812 bytes", "1.4 MB" (of 1000 each)."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size} bytes"
    scaled = float(size)
    for unit in ("kB", "MB", "GB"):
        scaled /= 1000
        if scaled < 999.5 or unit == "GB":
            break
    return f"{scaled:.1f} {unit}" if scaled < 9.95 else f"{scaled:,.0f} {unit}"
