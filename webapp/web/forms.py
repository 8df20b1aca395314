"""Reading form fields."""

from __future__ import annotations

import re

from flask import request

_WHOLE = re.compile(r"-?[0-9]{1,9}")


def text_field(name: str) -> str:
    """Return a text field with the line breaks that were typed: forms write each of them as CR LF."""
    return request.form.get(name, "").replace("\r\n", "\n")


def whole_field(name: str) -> int | None:
    """Return a field's whole number, None where there is none."""
    text = request.form.get(name, "")
    return int(text) if _WHOLE.fullmatch(text) else None
