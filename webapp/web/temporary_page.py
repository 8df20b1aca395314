"""The page of a temporary chat. It carries the transcript, which nothing stores."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request
from markupsafe import Markup

from webapp.http.prefixed_links import prefix_html
from webapp.rendering import format_markdown, format_plain
from webapp.services.carried import has_room
from webapp.services.live import Failed
from webapp.web.carried import carried_value
from webapp.web.composer import FormInput, temporary_composer
from webapp.web.dates import day_label, local_day
from webapp.web.responses import answer
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from flask import Flask, Response

    from webapp.services.live import Outcome
    from webapp.services.values import NewMessage

#: Seconds for the formatting of a page. Nothing is cached, so messages beyond it are shown as plain text.
_FORMATTING_SECONDS = 5.0


class TemporaryLine(NamedTuple):
    """A message, its position, its HTML (None for a question), and the label of its day if that begins with it."""

    message: NewMessage
    idx: int
    html: Markup | None
    day: str | None


def init_app(app: Flask) -> None:
    app.add_template_filter(carried_value)


def show_temporary(
    messages: Sequence[NewMessage], *, status: int = 200, typed: FormInput | None = None, replaces: bool = False
) -> Response:
    """Render the page with these messages. `replaces` says that the next message replaces the last turn."""
    return answer(
        "temporary/show.html",
        status=status,
        composer=temporary_composer(typed),
        lines=to_temporary_lines(messages),
        place=temporary_place(len(messages), replaces=replaces),
        **sidebar(None),
    )


def part_stays(outcome: Outcome | None) -> str:
    """Return why an answer broke off and what became of its part, or an empty text for another outcome."""
    return (
        f"{outcome.reason} What came before is still here; Keep stores it as it is."
        if isinstance(outcome, Failed)
        else ""
    )


def temporary_place(count: int, *, replaces: bool = False) -> dict[str, Any]:
    """Return the context of what stands around the messages of a temporary chat with `count` of them."""
    return {"count": count, "is_full": not has_room(count), "replaces": replaces and count > 0}


def to_temporary_lines(
    messages: Sequence[NewMessage], *, first_idx: int = 0, before: date | None = None
) -> list[TemporaryLine]:
    """Pair messages with their HTML and the labels of new days. `before` is the day of the message before."""
    lines = []
    for offset, (message, html) in enumerate(zip(messages, _formatted(messages), strict=True)):
        assert message.create_time is not None
        day = local_day(message.create_time)
        label = None if day == before else day_label(message.create_time)
        lines.append(TemporaryLine(message, first_idx + offset, html, label))
        before = day
    return lines


def _formatted(messages: Sequence[NewMessage]) -> Iterable[Markup | None]:
    ends_at = time.monotonic() + _FORMATTING_SECONDS
    for message in messages:
        if message.role == "user":
            yield None
            continue
        is_late = time.monotonic() > ends_at
        formatted = format_plain(message.content, is_final=False) if is_late else format_markdown(message.content)
        yield Markup(prefix_html(formatted.html, request.script_root))  # noqa: S704 - sanitized when rendered
