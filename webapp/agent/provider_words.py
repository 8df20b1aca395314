"""What a provider says in an error, in whatever form it says it."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

#: Characters of a provider's own words in a sentence.
SHOWN = 400

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_DATA = re.compile(r"^data:\s*(?=[\[{])", re.MULTILINE)
#: The members that hold an error's words, the most telling first.
_NAMES = ("message", "detail", "msg", "error_description", "reason", "title")
#: How deep errors may be nested in each other.
_DEPTH = 6


def read_payload(body: bytes | str) -> Any:
    """Return the JSON of a body, or its text if it is not JSON."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    text = text.removeprefix("\ufeff").strip()
    try:
        return json.loads(_DATA.sub("", text, count=1))
    except (ValueError, RecursionError):
        return text


def words_of(payload: Any, *, secret: str | None = None) -> str:
    """Return the words of an error as one line of plain text, empty if there are none. `secret` is left out."""
    text = _page_text(payload) if isinstance(payload, str) else _find(payload, _DEPTH)
    if secret:
        text = text.replace(secret, "[the key]")
    return plain_line(text)


def code_of(payload: Any) -> str | None:
    """Return the machine-readable code of an error: its `code` if that is a word, else its `type`."""
    error = _error(payload)
    if not isinstance(error, dict):
        return None
    names = (error.get(name) for name in ("code", "type", "status"))
    found = next((name for name in names if isinstance(name, str) and name and not name.isdigit()), None)
    return plain_line(found)[:100] if found else None


def status_of(payload: Any) -> int | None:
    """Return the HTTP status that an error states in its body, or None."""
    error = _error(payload)
    for name in ("code", "status", "status_code"):
        value = str(error.get(name)) if isinstance(error, dict) else ""
        if re.fullmatch("[45][0-9][0-9]", value):
            return int(value)
    return None


def is_page(body: bytes | str) -> bool:
    """Say whether a body is a web page (or XML)."""
    text = body[:100].decode("utf-8", "replace") if isinstance(body, bytes) else body[:100]
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def plain_line(text: str) -> str:
    """Return one line without control characters and marks of direction, and of a length that can be shown."""
    visible = "".join(" " if character.isspace() else character for character in text[: 20 * SHOWN])
    visible = "".join(filter(_is_shown, visible))
    line = " ".join(visible.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1].rstrip()}…"


def _is_shown(character: str) -> bool:
    # Letters and emoji are joined by the two that are kept; the others change the direction or are not seen.
    return character in "\u200c\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}


def _error(payload: Any) -> Any:
    if isinstance(payload, list):
        return _error(payload[0]) if payload else None
    if isinstance(payload, dict):
        error = payload.get("error")
        return error if isinstance(error, dict) else payload
    return None


def _find(value: Any, depth: int) -> str:
    """Return the words of a value of JSON."""
    if isinstance(value, str):
        return value
    if not depth:
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_find(each, depth - 1) for each in value[:5])))
    if not isinstance(value, dict):
        return ""
    if "error" in value and (words := _find(value["error"], depth - 1)):
        return words
    words = next(filter(None, (_find(value.get(name), depth - 1) for name in _NAMES)), "")
    place = value.get("loc")
    if words and isinstance(place, list):
        # A field of FastAPI's list of problems.
        words = f"{'.'.join(map(str, place[:6]))}: {words}"
    return f"{words}{_behind(value.get('metadata'), depth)}"


def _behind(metadata: Any, depth: int) -> str:
    """Return what OpenRouter passes on from the provider behind it."""
    if not isinstance(metadata, dict):
        return ""
    raw = metadata.get("raw")
    words = _find(read_payload(raw) if isinstance(raw, str) else raw, depth - 1)
    reasons = metadata.get("reasons")
    if not words and isinstance(reasons, list):
        words = ", ".join(reason for reason in reasons[:5] if isinstance(reason, str))
    return f": {words}" if words else ""


def _page_text(text: str) -> str:
    if not is_page(text):
        return text
    title = _TITLE.search(text[:50_000])
    return title[1] if title else _TAG.sub(" ", text[:5_000])
