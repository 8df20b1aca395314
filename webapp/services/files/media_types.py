"""What a file is, found in its bytes. Neither its name nor what its sender says counts."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO

import imagesize
import puremagic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.services.values import StoredFile

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
PDF = "application/pdf"
#: Images that every browser shows and that cannot run anything.
RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
#: Media types that a browser may be told. It is told of all others that they are just bytes.
_TOLD = RASTER | {TEXT, PDF, "application/zip"}
#: Bytes at the start of a file by which its type is found.
HEAD = 4096

_SIGNATURE_ENDS = 64
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ELEMENTS = r"!doctype\s+html|html|head|body|script|iframe|meta|title|style|table|div|p|a|img"
_MARKUP = (
    ("image/svg+xml", re.compile(r"<svg[\s>]", re.IGNORECASE)),
    ("text/html", re.compile(rf"<(?:{_ELEMENTS})[\s>/]", re.IGNORECASE)),
    ("text/xml", re.compile(r"<\?xml|<!doctype|<!--|<[a-z][\w.-]*:?[\w.-]*\s+xmlns", re.IGNORECASE)),
)
_MOST_PIXELS = 2**31 - 1
#: Pixels of an image that is shown in a transcript. A browser takes 4 bytes of memory for each.
_SHOWN_PIXELS = 50_000_000


def media_type_of(head: bytes, *, is_text: bool) -> str:
    """Return the media type of a file that begins with `head`. `is_text` says that all of it is a text."""
    if head.startswith(b"%PDF-"):
        return PDF
    if is_text:
        return _type_of_text(head)
    return _type_of_bytes(head)


def size_of_image(content: BinaryIO, media_type: str) -> tuple[int, int] | tuple[None, None]:
    """Return the width and the height of an image in pixels, as it is shown."""
    if media_type not in RASTER:
        return None, None
    content.seek(0)
    width, height = imagesize.get(content)
    is_size = isinstance(width, int) and isinstance(height, int)
    return (width, height) if is_size and 0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS else (None, None)


def is_shown(file: StoredFile) -> bool:
    """Say whether a file is shown as an image. Its size must be known, so that nothing on the page moves."""
    return file.media_type in RASTER and 0 < (file.width or 0) * (file.height or 0) <= _SHOWN_PIXELS


def told_type(media_type: str) -> str:
    """Return the media type by which a file is served. What a browser could run is served as bytes."""
    if media_type == TEXT:
        return f"{TEXT}; charset=utf-8"
    return media_type if media_type in _TOLD or media_type.startswith(("audio/", "video/")) else UNKNOWN


class TextCheck:
    """Says of a file that comes in pieces whether it is a text in UTF-8, or in UTF-16 with a mark at its start."""

    def __init__(self) -> None:
        self.is_text = True
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes, *, is_last: bool = False) -> None:
        if not self.is_text:
            return
        if self._decoder is None:
            marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            self._decoder = codecs.getincrementaldecoder("utf-16" if marked else "utf-8")()
        try:
            text = self._decoder.decode(data, is_last)
        except UnicodeDecodeError:
            self.is_text = False
        else:
            self.is_text = not _CONTROLS.search(text)


def _type_of_text(head: bytes) -> str:
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    text = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n\f")
    if not text.startswith("<"):
        return TEXT
    if _MARKUP[0][1].search(text):
        return _MARKUP[0][0]
    return next((media_type for media_type, pattern in _MARKUP if pattern.match(text)), TEXT)


def _type_of_bytes(head: bytes) -> str:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    usable = [
        match
        for match in matches
        # Signatures far inside the file and at its end are found by chance.
        if 0 <= match.offset <= _SIGNATURE_ENDS and _MEDIA_TYPE.fullmatch(match.mime_type.lower())
    ]
    return _best(usable)


def _best(matches: Iterable[puremagic.PureMagicWithConfidence]) -> str:
    """Return the type of the best match. Documents in zip files have the signature of any zip file."""
    found = [(match.confidence, match.mime_type.lower()) for match in matches]
    best = [media_type for confidence, media_type in found if confidence == max(found)[0]]
    if not best:
        return UNKNOWN
    chosen = "application/zip" if "application/zip" in best else best[0]
    return chosen[:100]
