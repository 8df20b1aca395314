"""Files in what an assistant is given: a line for each. Their bytes are not sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.services.values import StoredFile


def with_file_notes(text: str, files: Iterable[StoredFile]) -> str:
    """Return a message's text with a line for each of its files."""
    notes = "\n".join(f"[file: {file.name}]" for file in files)
    return "\n\n".join(filter(None, (text, notes)))
