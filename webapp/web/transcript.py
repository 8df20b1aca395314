"""A transcript's messages as the templates show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request
from markupsafe import Markup

from webapp.services.renderings import html_of
from webapp.web.dates import day_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.values import TranscriptMessage, TranscriptPage


class Line(NamedTuple):
    """A message, its HTML (None for the user's, which is plain text) and its day where a new one begins."""

    message: TranscriptMessage
    html: Markup | None
    day: str | None


def lines(page: TranscriptPage) -> dict[str, Any]:
    """Return what a run of messages needs to be shown. `day` in the address is the day its neighbour stands under."""
    after = request.args.get("day") if "after" in request.args else None
    return {
        "session": page.session,
        "lines": to_lines(page.messages, after=after),
        "has_earlier": page.has_earlier,
        "has_later": page.has_later,
        "last_day": day_label(page.messages[-1].create_time) if page.messages else "",
    }


def to_lines(messages: Sequence[TranscriptMessage], *, after: str | None = None) -> list[Line]:
    """Pair messages with their HTML and mark where a day begins; `after` is the day that stands before them."""
    html = html_of(messages)
    days = [day_label(message.create_time) for message in messages]
    return [
        Line(
            message,
            Markup(html[message.id]) if message.id in html else None,  # noqa: S704 - cleaned when made
            day if day != before else None,
        )
        for message, day, before in zip(messages, days, [after, *days], strict=False)
    ]
