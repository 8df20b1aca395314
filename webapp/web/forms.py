"""Reading form fields."""

from __future__ import annotations

import re

from flask import current_app, request

#: A character is at most four bytes, and a form writes each as `%XX`.
_FORM_BYTES_A_CHARACTER = 12
_WHOLE = re.compile(r"-?[0-9]{1,9}")


def text_field(name: str) -> str:
    """Return a text field with the line breaks that were typed: forms write each of them as CR LF."""
    return request.form.get(name, "").replace("\r\n", "\n")


def whole_field(name: str) -> int | None:
    """Return a field's whole number, None where there is none."""
    text = request.form.get(name, "")
    return int(text) if _WHOLE.fullmatch(text) else None


def allow_long_form() -> None:
    """Let the longest message there may be through, however it is written."""
    longest = _FORM_BYTES_A_CHARACTER * current_app.extensions["settings"].max_content_chars + 10_000
    request.max_content_length = request.max_form_memory_size = longest
