"""Messages as templates show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request, url_for
from markupsafe import Markup

from webapp.http.prefixed_links import prefix_html
from webapp.rendering import is_plain, with_source
from webapp.services.transcripts.html_cache import html_of
from webapp.web.dates import day_label, iso_day, local_day, parse_day, zone_name
from webapp.web.fragments import fragments, macro

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from webapp.services.instruction_values import Instruction
    from webapp.services.values import TranscriptMessage, TranscriptPage


class Line(NamedTuple):
    """A message, its HTML, the label of its day if it is the first of the day, and the instructions before it."""

    message: TranscriptMessage
    article: Markup
    day: str | None
    instructions: Sequence[Instruction] = ()


def lines(page: TranscriptPage) -> dict[str, Any]:
    """Return the template context of a page of messages. `day` in the query is the day of the adjacent message."""
    neighbour_day = parse_day(request.args.get("day", ""))
    first, last = (page.messages[0], page.messages[-1]) if page.messages else (None, None)
    return {
        "session": page.session,
        "lines": to_lines(
            page.session.id,
            page.messages,
            page.instructions,
            after=neighbour_day if "after" in request.args else None,
        ),
        "earlier": _page_url(page, "before", first) if page.has_earlier else None,
        "later": _page_url(page, "after", last) if page.has_later else None,
        "is_day_repeated": last is not None and local_day(last.create_time) == neighbour_day,
    }


def _page_url(page: TranscriptPage, direction: str, edge: TranscriptMessage | None) -> str:
    """Return the URL of the messages beyond `edge`, the page's first or last message."""
    place = {direction: edge.idx, "day": iso_day(edge.create_time)} if edge else {direction: -1, "day": ""}
    return url_for("sessions.show", session_id=page.session.id, **place)  # type: ignore[arg-type]


def to_lines(
    session_id: str,
    messages: Sequence[TranscriptMessage],
    instructions: Sequence[Instruction] = (),
    *,
    after: date | None = None,
) -> list[Line]:
    """Pair messages with their HTML and the labels of new days. `after` is the day of the message before."""
    articles = _articles(session_id, messages)
    days = [local_day(message.create_time) for message in messages]
    at: dict[int, list[Instruction]] = {}
    for instruction in instructions:
        at.setdefault(instruction.at_idx, []).append(instruction)
    return [
        Line(
            message,
            articles[message.id],
            day_label(message.create_time) if day != before else None,
            at.get(message.idx, ()),
        )
        for message, day, before in zip(messages, days, [after, *days], strict=False)
    ]


def _articles(session_id: str, messages: Sequence[TranscriptMessage]) -> dict[str, Markup]:
    """Return the messages' HTML by id. A cached article depends on the message, its session and the time zone."""
    zone = zone_name()
    place = ("message", request.script_root, session_id, zone)
    keys = {message.id: (*place, message.id, message.struck_at) for message in messages}
    cached = fragments().get_many(list(keys.values()))
    articles = {id_: cached[key] for id_, key in keys.items() if key in cached}
    missing = [message for message in messages if message.id not in articles]
    if missing:
        html = html_of(missing)
        article = macro("messages/_message.html", "article")
        for message in missing:
            formatted = html.get(message.id)
            is_unformatted = formatted is not None and is_plain(formatted)
            rendered = article(session_id, message, _prose(formatted, session_id, message.idx))
            articles[message.id] = rendered
            # Text that was too slow to format is shown as plain text, and formatted at a later view.
            if not is_unformatted:
                fragments().put(keys[message.id], rendered)
    return articles


def _prose(html: str | None, session_id: str, idx: int) -> Markup | None:
    """Return a message's HTML. Plain text gets a link to the message's source."""
    if html is None:
        return None
    html = prefix_html(html, request.script_root)
    if is_plain(html):
        html = with_source(html, url_for("messages.source", session_id=session_id, idx=idx))
    return Markup(html)  # noqa: S704 - sanitized when rendered
