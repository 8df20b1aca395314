"""Long messages of a user are folded on the page. Their whole text is in the page, for searches and for print."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

#: Lines that are shown of a folded message (see `.folded` in static/css/transcript.css), and characters of a line.
SHOWN_LINES = 20
_LINE = 90
#: Lines that are not worth a fold.
_SPARE = 4


def init_app(app: Flask) -> None:
    app.add_template_filter(folded_lines)


def folded_lines(text: str) -> int:
    """Return about how many lines a message takes, or 0 if it is not long enough to be folded."""
    lines = sum(1 + max(0, len(line) - 1) // _LINE for line in text.split("\n"))
    return lines if lines > SHOWN_LINES + _SPARE or text.count("\n") >= SHOWN_LINES else 0
