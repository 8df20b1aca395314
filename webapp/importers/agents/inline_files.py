"""Files that stand in a record as base64, or as a `data:` URL (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
import io
import re
from typing import TYPE_CHECKING, Any

from webapp.importers.records import ImportedFile
from webapp.importers.texts import clean_line

if TYPE_CHECKING:
    from typing import BinaryIO

_DATA_URL = re.compile(r"data:([^,;]*)[^,]*;base64,", re.IGNORECASE)


def inline_file(data: str, media_type: str, number: int) -> ImportedFile | None:
    """Return the file of a base64 text, or None if it is none. `number` counts the files of the session from 1."""
    try:
        return _file(base64.b64decode(data, validate=False), media_type, number)
    except (binascii.Error, ValueError):
        return None


def inline_bytes(value: Any, media_type: str, number: int) -> ImportedFile | None:
    """Return the file of a list of bytes, `{"0": byte, "1": byte}`, or `{"$base64": text}`; or None."""
    if isinstance(value, dict) and isinstance(value.get("$base64"), str):
        return inline_file(value["$base64"], media_type, number)
    numbers = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(numbers, list) or not all(type(one) is int and 0 <= one <= 255 for one in numbers):
        return None
    return _file(bytes(numbers), media_type, number)


def _file(content: bytes, media_type: str, number: int) -> ImportedFile | None:
    if not content:
        return None
    kind, _, ending = clean_line(media_type, 60).partition("/")
    ending = re.sub(r"[^a-z0-9]", "", ending.partition("+")[0].lower())
    name = f"{kind if kind == 'image' else 'file'}-{number}"
    return ImportedFile(name=f"{name}.{ending}" if ending else name, open=lambda: _stream(content), size=len(content))


def data_url_file(url: str, number: int) -> ImportedFile | None:
    """Return the file of a `data:` URL, or None if it is another URL."""
    found = _DATA_URL.match(url)
    return inline_file(url[found.end() :], found.group(1), number) if found else None


def _stream(content: bytes) -> BinaryIO:
    return io.BytesIO(content)
