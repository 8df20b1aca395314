"""Titles that chat sessions have until their user names them."""

from __future__ import annotations

import unicodedata

from webapp.services.first_line import first_line, plain_line

NEW_CHAT = "New chat"
_LENGTH = 60
_QUOTES = "\"'“”„‟«»‹›‘’「」『』《》*_` "

#: A line before a list or a text ends with one.
_COLONS = " :：,;"


def automatic_title(content: str | None) -> str:
    """Return the first line that says something, cut at a word boundary to at most 60 characters.

    Without content (a session with no user message yet) it is "New chat".
    """
    line = first_line(content or "")
    return shorten(line.rstrip(_COLONS) or line) or NEW_CHAT


def title_of_reply(reply: str) -> str:
    """Return the title in a model's reply: its first line, without quotation marks and a full stop. May be empty."""
    line = plain_line(next((line for line in reply.splitlines() if line.strip(_QUOTES + "#")), ""))
    _, colon, named = line.partition(":")
    if colon and line.partition(":")[0].strip(_QUOTES).casefold() in {"title", "titel", "titre", "título", "标题"}:
        line = named
    return shorten(line.strip(_QUOTES).rstrip(_COLONS).removesuffix(".").rstrip(_QUOTES))


def shorten(line: str) -> str:
    """Return the line, cut at a word boundary to at most 60 characters. No letter loses its accent, no emoji a part."""
    if len(line) <= _LENGTH:
        return line
    cut = line[: _character_boundary(line)]
    if not line[len(cut)].isspace() and " " in cut[_LENGTH // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.–—-") + "…"


def fold(text: str) -> str:
    """Return the text without case and accents, for the title filter."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _character_boundary(line: str) -> int:
    """Return where the last whole character within the limit ends (grapheme clusters of UAX #29)."""
    if line.isascii():
        return _LENGTH
    # Only long titles in other scripts need it.
    import regex

    end = 0
    # A cluster that crosses the limit is seen whole: none in use is as long as this.
    for cluster in regex.finditer(r"\X", line[: _LENGTH * 2]):
        if cluster.end() > _LENGTH:
            break
        end = cluster.end()
    return end or _LENGTH
