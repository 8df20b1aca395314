"""What a provider says in an error, in whatever form it says it."""

from __future__ import annotations

import json
import re
import unicodedata
from http import HTTPStatus
from typing import Any

#: Characters of a provider's own words in a sentence.
SHOWN = 400

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_DATA = re.compile(r"^data:\s*(?=[\[{])", re.MULTILINE)
#: The members that hold an error's words, and those that hold further errors, the most telling first. Their names are
#: written without capitals and underscores here, and in any way by providers.
_NAMES = (
    "message",
    "detail",
    "msg",
    "errordescription",
    "errormessage",
    "errormsg",
    "errmsg",
    "statusmsg",
    "faultstring",
    "reason",
    "description",
    "title",
)
_INNER = ("errors", "fault", "innererror", "exception", "details", "baseresp", "response")
#: The members that nothing but an error has.
_COMPLAINTS = ("errors", "fault", "detail", "errordescription", "errormessage", "errormsg", "errmsg", "exception")
_STATUS_PHRASES = {status.phrase.lower() for status in HTTPStatus}
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


def is_error(payload: dict[str, Any]) -> bool:
    """Say whether an object in an answer with the status 200 is an error, and no part of the answer."""
    members = _folded(payload)
    if members.get("error") or "error" in {members.get("object"), members.get("type")}:
        return True
    if members.get("choices"):
        return False
    if members.get("success") is False or any(members.get(name) for name in _COMPLAINTS):
        return True
    return status_of(payload) is not None and bool(words_of(payload))


def code_of(payload: Any) -> str | None:
    """Return the machine-readable code of an error: its `code` if that is a word, else its `type`."""
    error = _error(payload)
    if not isinstance(error, dict):
        return None
    names = [error.get(name) for name in ("code", "type", "status")]
    names += [told] if isinstance(told := error.get("error"), str) and "_" in told and _is_label(told) else []
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
        inner = (_first(payload.get(name)) for name in ("error", "errors", "fault"))
        return next((each for each in inner if isinstance(each, dict)), payload)
    return None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _folded(value: dict[str, Any]) -> dict[str, Any]:
    """Return the members by their names without capitals and underscores: `errorMessage`, `Error_Message`."""
    return {name.lower().replace("_", ""): each for name, each in reversed(value.items())}


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
    members = _folded(value)
    words = _own_words(members, depth - 1)
    place = value.get("loc")
    if words and isinstance(place, list):
        # A field of FastAPI's list of problems.
        words = f"{'.'.join(map(str, place[:6]))}: {words}"
    return f"{words}{_behind(value.get('metadata'), depth)}"


def _own_words(members: dict[str, Any], depth: int) -> str:
    """Return the words of an object: of its `error`, unless that is only a label beside them."""
    error = _find(members.get("error"), depth)
    if error and not _is_label(error):
        return error
    said = (_find(members.get(name), depth) for name in _NAMES)
    words = next((each for each in said if each and not _is_label(each)), "")
    inner = (_find(members.get(name), depth) or _by_field(members.get(name), depth) for name in _INNER)
    # Lists of problems say more than the title above them.
    words = words or next(filter(None, inner), "")
    return words or error or next(filter(None, (_find(members.get(name), depth) for name in _NAMES)), "")


def _by_field(problems: Any, depth: int) -> str:
    """Return the problems of an object that has the fields' names as its own: `{"model": ["It is missing."]}`."""
    if not isinstance(problems, dict) or depth < 1:
        return ""
    told = ((name, _find(each, depth - 1)) for name, each in list(problems.items())[:5] if isinstance(each, list))
    return "; ".join(f"{name}: {words}" for name, words in told if words)


def _is_label(words: str) -> bool:
    """Say whether the words only name an error: one word such as `invalid_request`, or the phrase of a status."""
    return re.fullmatch(r"[A-Za-z0-9_.:-]+", words.strip()) is not None or words.strip().lower() in _STATUS_PHRASES


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
