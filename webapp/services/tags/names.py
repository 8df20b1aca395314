"""The names of tags."""

from __future__ import annotations

import unicodedata

from webapp.errors import Invalid
from webapp.services.content import check_characters, sanitize_text

NAME_LIMIT = 60
#: Letters, numbers, punctuation and symbols. A name of marks and blanks alone looks like none.
_VISIBLE = frozenset("LNPS")


def check_name(text: str, pointer: str = "#/name") -> str:
    """Return the name with its whitespace collapsed. Raises Invalid if it is empty, too long or cannot be shown."""
    check_characters(text, pointer)
    name = " ".join(text.split())
    if len(name) > NAME_LIMIT:
        raise Invalid.field(
            pointer,
            "too_long",
            f"The name of the tag has {len(name):,} characters. The limit is {NAME_LIMIT}. Please shorten it.",
        )
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise Invalid.field(pointer, "control", "The name of the tag contains a control character. Please remove it.")
    if not _is_visible(name):
        raise Invalid.field(pointer, "empty", "The name of the tag is empty. Please write a name.")
    return name


def usable_name(text: str) -> str:
    """Return a name from elsewhere in the form of ours: without control characters, and cut to the limit.

    It is empty if nothing of it can be shown.
    """
    kept = "".join(" " if unicodedata.category(each) == "Cc" else each for each in sanitize_text(text))
    name = " ".join(kept.split())
    if len(name) > NAME_LIMIT:
        name = name[: NAME_LIMIT - 1].rstrip() + "…"
    return name if _is_visible(name) else ""


def _is_visible(name: str) -> bool:
    return any(unicodedata.category(character)[0] in _VISIBLE for character in name)
