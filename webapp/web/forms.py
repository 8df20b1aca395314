"""Reading form fields."""

from __future__ import annotations

from flask import request


def text_field(name: str) -> str:
    """Return a text field with the line breaks that were typed: forms write each of them as CR LF."""
    return request.form.get(name, "").replace("\r\n", "\n")
