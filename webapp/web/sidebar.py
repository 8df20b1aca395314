"""Template context of the sidebar, which lists the chat sessions on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from markupsafe import Markup

from webapp.http.authentication import current_user
from webapp.http.numbers import read_whole
from webapp.ids import canonical_id
from webapp.services.sessions.listing import FARTHEST, PAGE, SessionFilter, list_sessions
from webapp.web import import_words
from webapp.web.dates import ListPosition, group_by_day
from webapp.web.fragments import fragments, macro
from webapp.web.responses import wants_fragment
from webapp.web.running_import import running_import
from webapp.web.shelf import read_shelf

if TYPE_CHECKING:
    from webapp.services.values import SessionPage, SessionRow


def sidebar(
    current_id: str | None,
    *,
    title: str = "",
    from_cursor: bool = True,
    tag_id: str | None = None,
    has_shelf: bool | None = None,
) -> dict[str, Any]:
    """Return the sidebar's template context: a page of sessions in groups, and the URL of the next page.

    The page reaches the open session `current_id`, and is as long as the list that the browser shows.
    `title` filters by words in the title. `from_cursor` uses the page position in the request's query. `tag_id` is the
    tag whose chats the page lists. Whole pages have the shelf of tags; `has_shelf` decides for others.
    """
    cursor = request.args.get("cursor") if from_cursor else None
    shown = read_whole(request.headers.get("X-List-Rows", "")) or 0
    page = list_sessions(
        current_user(),
        SessionFilter(title=title),
        limit=PAGE if cursor else min(max(PAGE, shown), FARTHEST),
        cursor=cursor,
        # A fragment replaces a list that has reached the open chat already.
        through=None if wants_fragment() or not from_cursor else canonical_id(current_id or ""),
    )
    place = ListPosition(request.args.get("under", ""), request.args.get("as-of", "")) if cursor else ListPosition()
    groups = group_by_day(page.data, place)
    return {
        "groups": [(heading, _rows(group, current_id, page), is_continued) for heading, group, is_continued in groups],
        "is_first_page": not cursor,
        "more_chats": _more_chats(page.next, place.after(page.data[-1]), title, current_id) if page.next else None,
        "shelf": read_shelf(tag_id) if has_shelf or (has_shelf is None and not wants_fragment()) else None,
        "filter_text": title,
        "account_name": current_user().name,
        "account_id": current_user().id,
        "current_id": current_id,
        # A fragment has no foot of the list.
        "running_import": None if wants_fragment() else running_import(),
        "words_of_imports": import_words,
    }


def _more_chats(cursor: str, place: ListPosition, title: str, current_id: str | None) -> str:
    """Return the URL of the next page of rows. `place` is its position under the headings."""
    more = {"q": title or None, "current": current_id or None, "as-of": place.as_of}
    return url_for("sessions.new", cursor=cursor, under=place.under, **more)  # type: ignore[arg-type]


def _rows(sessions: list[SessionRow], current_id: str | None, page: SessionPage) -> Markup:
    """Return the rows as HTML. A cached row depends on its revision, on whether it is open, and on its live turn."""
    notes = {session.id: _note(session, page) for session in sessions}
    prefix = request.script_root
    keys = {
        session.id: ("row", prefix, session.id, session.revision, session.id == current_id, notes[session.id])
        for session in sessions
    }
    cached = fragments().get_many(list(keys.values()))
    row = macro("sessions/_row.html", "row")
    for session in sessions:
        key = keys[session.id]
        if key not in cached:
            cached[key] = row(session, session.id == current_id, notes[session.id])
            fragments().put(key, cached[key])
    # All rows are Markup; Markup.join would check each of them again.
    return Markup("".join([cached[keys[session.id]] for session in sessions]))  # noqa: S704


def _note(session: SessionRow, page: SessionPage) -> str:
    """Return what a row says in place of the number of messages, or an empty text."""
    if session.id in page.writing:
        return "writing…"
    if session.message_count:
        return ""
    return "not answered" if session.id in page.unanswered else "empty"
