"""Validation of texts from users, and sanitization of texts from providers."""

from __future__ import annotations

from webapp.config.settings import Settings
from webapp.errors import Invalid
from webapp.state import current

TITLE_LIMIT = 200
#: The characters of a model's name and of a finish reason.
NAME_LIMIT, REASON_LIMIT = 200, 32

#: A message of only these characters is empty.
BLANK = " \t\r\n"


def max_content_chars() -> int:
    return current(Settings).max_content_chars


def check_content(text: str, pointer: str = "#/content", *, has_files: bool = False) -> str:
    """Return the text unchanged. Raises Invalid if it is empty, too long or cannot be stored. It is never truncated.

    A message with files may be empty.
    """
    if not text.strip(BLANK) and not has_files:
        raise Invalid.field(pointer, "empty", "The message is empty. Please write a message.")
    limit = max_content_chars()
    if len(text) > limit:
        raise Invalid.field(
            pointer,
            "too_long",
            f"The message has {len(text):,} characters. The limit is {limit:,}. Please split it.",
        )
    check_characters(text, pointer)
    return text


def check_system_text(text: str, pointer: str, name: str) -> None:
    """Raise Invalid if a text for the assistant is too long or cannot be stored. `name` says what it is.

    It may be empty.
    """
    limit = max_content_chars()
    if len(text) > limit:
        raise Invalid.field(
            pointer, "too_long", f"{name} {len(text):,} characters. The limit is {limit:,}. Please shorten the text."
        )
    check_characters(text, pointer)


def check_title(text: str, pointer: str = "#/title") -> str:
    """Return the title with its whitespace collapsed. Raises Invalid if it is too long or cannot be stored."""
    check_characters(text, pointer)
    title = " ".join(text.split())
    if len(title) > TITLE_LIMIT:
        raise Invalid.field(
            pointer,
            "too_long",
            f"The title has {len(title)} characters. The limit is {TITLE_LIMIT}. Please shorten it.",
        )
    return title


def check_characters(text: str, pointer: str) -> None:
    """Raise Invalid for characters that a database cannot store: NUL and lone surrogates."""
    if "\0" in text:
        raise Invalid.field(pointer, "nul", "The text contains a NUL character. Please remove it.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid.field(
            pointer, "surrogate", "The text contains an incomplete character (a lone surrogate). Please remove it."
        )


def sanitize_text(text: str) -> str:
    """Return a provider's text in a storable form: surrogate pairs joined, NUL and lone surrogates as U+FFFD."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd")
