"""Titles that chat sessions have until their user names them."""

from __future__ import annotations

import unicodedata

NEW_CHAT = "New chat"
_LENGTH = 60


def automatic_title(content: str | None) -> str:
    """Return the first non-blank line, cut at a word boundary to at most 60 characters.

    Without content (a session with no user message yet) it is "New chat".
    """
    lines = (" ".join(line.split()) for line in (content or "").splitlines())
    line = next((line for line in lines if any(character.isalnum() for character in line)), "")
    line = line.lstrip("#>*- ") or " ".join((content or "").split())
    if len(line) <= _LENGTH:
        return line or NEW_CHAT
    cut = line[:_LENGTH]
    if not line[_LENGTH].isspace() and " " in cut[_LENGTH // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.–—-") + "…"


def fold(text: str) -> str:
    """Return the text without case and accents, for the title filter."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))
