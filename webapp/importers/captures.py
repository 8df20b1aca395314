"""Captures of a browser extension (polylogue): the raw answer of the service, and beside it files of its messages."""

from __future__ import annotations

import base64
import io
from functools import partial
from typing import Any

from webapp.importers import texts, untrusted
from webapp.importers.records import ImportedFile

#: The key of the raw answer. What the extension read from the page stands beside it.
RAW = "raw_provider_payload"


def unwrapped(entry: Any) -> dict[str, Any]:
    """Return the chat of an entry, also of a capture."""
    return untrusted.mapping(entry, RAW) or untrusted.mapping(entry)


def files_of(entry: Any) -> dict[str, dict[str, ImportedFile]]:
    """Return the files that a capture holds, by message id and name."""
    found: dict[str, dict[str, ImportedFile]] = {}
    for item in untrusted.items(entry, "session", "attachments"):
        try:
            data = base64.b64decode(untrusted.text(item, "inline_base64"), validate=True)
        except ValueError:
            continue
        if data:
            name = texts.file_name(untrusted.at(item, "name"))
            file = ImportedFile(name=name, open=partial(io.BytesIO, data), size=len(data))
            found.setdefault(untrusted.name(item, "message_provider_id"), {})[name] = file
    return found
