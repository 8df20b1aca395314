"""Files whose bytes stand in the JSON itself, in base64."""

from __future__ import annotations

import binascii
import io
import mimetypes
import re
from base64 import b64decode
from typing import Any

from webapp.importers.records import ImportedFile
from webapp.importers.texts import file_name

_DATA_URL = re.compile(r"data:([^;,]{0,100})(?:;[^;,]{0,100}){0,5};base64,", re.IGNORECASE)
_NOT_BASE64 = re.compile(r"\s+")


def from_data_url(url: Any, name: str = "", otherwise: str = "image") -> ImportedFile | None:
    """Return the file of a `data:` address, or None if it is another address."""
    if not isinstance(url, str) or (found := _DATA_URL.match(url)) is None:
        return None
    return from_base64(url[found.end() :], found.group(1), name, otherwise)


def from_base64(data: Any, kind: str = "", name: str = "", otherwise: str = "file") -> ImportedFile | None:
    """Return the file of a text in base64. The claimed type serves its name alone."""
    if not isinstance(data, str) or not data.isascii():
        return None
    plain = _NOT_BASE64.sub("", data).replace("-", "+").replace("_", "/")
    try:
        content = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not content:
        return None
    named = file_name(name, otherwise + (mimetypes.guess_extension(kind.strip().lower()) or ""))
    return ImportedFile(name=named, open=lambda: io.BytesIO(content), size=len(content))
