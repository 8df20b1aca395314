"""The list of models that a server with the OpenAI API answers, in the shapes that servers have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Longer lists are cut off.
MOST_MODELS = 10_000
#: Characters of a model's name.
LONGEST_NAME = 300

#: Parts of the names of models that write no text.
_NO_CHAT = (
    "embed",
    "whisper",
    "tts",
    "dall-e",
    "moderation",
    "rerank",
    "transcribe",
    "realtime",
    "image",
    "audio",
    "sora",
    "babbage",
    "davinci",
    "bge-",
    "ocr",
)


class NoModelList(ValueError):
    """The answer is no list of models. `is_page` says that it is a web page."""

    def __init__(self, *, is_page: bool) -> None:
        super().__init__("It is not a list of models.")
        self.is_page = is_page


def read_model_list(body: bytes) -> list[str]:
    """Return the names of the models without repeats, in order. Raises NoModelList.

    The names are in `data` (OpenAI), in `models` (Ollama), or the body is the array itself. Entries without a usable
    name are left out.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        raise NoModelList(is_page=True)
    try:
        entries = _entries(json.loads(body))
    except (ValueError, RecursionError):
        raise NoModelList(is_page=False) from None
    return list(dict.fromkeys(_names(entries)))[:MOST_MODELS]


def is_model_name(name: object) -> bool:
    """Return whether this can name a model: 1 to 300 printable characters."""
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable() and not name.isspace()


def first_for_chat(names: Iterable[str]) -> str | None:
    """Return the first model that is likely to write text, else the first one, None if there are none."""
    names = list(names)
    return next((name for name in names if not any(part in name.lower() for part in _NO_CHAT)), next(iter(names), None))


def _entries(answer: Any) -> Iterator[object]:
    if isinstance(answer, list):
        return iter([_named(entry, "id", "model", "name") for entry in answer])
    if isinstance(answer, dict) and isinstance(answer.get("data"), list):
        return iter([_named(entry, "id") for entry in answer["data"]])
    if isinstance(answer, dict) and isinstance(answer.get("models"), list):
        return iter([_named(entry, "model", "name", "id") for entry in answer["models"]])
    raise NoModelList(is_page=False)


def _named(entry: object, *fields: str) -> object:
    if isinstance(entry, dict):
        return next((entry[field] for field in fields if isinstance(entry.get(field), str)), None)
    return entry


def _names(entries: Iterable[object]) -> Iterator[str]:
    for entry in entries:
        name = entry.strip() if isinstance(entry, str) else None
        if is_model_name(name):
            assert name is not None
            yield name
