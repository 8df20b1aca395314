"""Code blocks that an answer left open because it was cut off in the middle of one (CommonMark 0.31, 4.5)."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)


def open_fence(text: str) -> str:
    """Return the marks that close the last code block of a text, or an empty text if it is closed."""
    marks = ""
    for found in _FENCE.finditer(text):
        run, rest = found.groups()
        if not marks:
            marks = "" if run[0] == "`" and "`" in rest else run
        elif run.startswith(marks) and not rest.strip():
            marks = ""
    return marks


def closed(text: str) -> str:
    """Return a text after which a note can stand."""
    marks = open_fence(text)
    return f"{text.rstrip()}\n{marks}" if marks else text
