"""Form fields."""

from __future__ import annotations

import re

from flask import request

_WHOLE = re.compile(r"-?[0-9]{1,9}")


def text_field(name: str) -> str:
    """Return a text field with LF line breaks; browsers submit CR LF (HTML Standard, form submission)."""
    return request.form.get(name, "").replace("\r\n", "\n")


def whole_field(name: str) -> int | None:
    """Return an integer field of up to nine digits, or None if it is missing or malformed."""
    text = request.form.get(name, "")
    return int(text) if _WHOLE.fullmatch(text) else None
