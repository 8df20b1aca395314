"""The sidebar: the list of sessions beside every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from markupsafe import Markup

from webapp.http.authentication import current_user
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.web.dates import ListPlace, grouped
from webapp.web.fragments import fragments, macro

if TYPE_CHECKING:
    from webapp.services.values import SessionRow


def sidebar(current_id: str | None, *, title: str = "", from_cursor: bool = True) -> dict[str, Any]:
    """Return what the sidebar's rows need: a page of sessions in their groups, and how to go on.

    `title` keeps those whose title holds its words. `from_cursor` begins where the request's address says.
    """
    cursor = request.args.get("cursor") if from_cursor else None
    page = list_sessions(current_user(), SessionFilter(title=title), cursor=cursor)
    place = ListPlace(request.args.get("under", ""), request.args.get("as-of", "")) if cursor else ListPlace()
    groups = grouped(page.data, place)
    return {
        "groups": [(heading, _rows(group, current_id, page.writing), stands) for heading, group, stands in groups],
        "is_first_page": not cursor,
        "more_chats": _more_chats(page.next, place.behind(page.data[-1]), title, current_id) if page.next else None,
        "filter_text": title,
        "account_name": current_user().name,
        "current_id": current_id,
    }


def _more_chats(cursor: str, place: ListPlace, title: str, current_id: str | None) -> str:
    """Return the address of the next page of rows. `place` says under which heading they go on."""
    more = {"q": title or None, "current": current_id or None, "as-of": place.as_of}
    return url_for("sessions.new", cursor=cursor, under=place.under, **more)  # type: ignore[arg-type]


def _rows(sessions: list[SessionRow], current_id: str | None, writing: frozenset[str]) -> Markup:
    """Return the rows of sessions. A revision says all that is in one, but whether it is open or being answered."""
    keys = {
        session.id: (
            "row",
            request.script_root,
            session.id,
            session.revision,
            session.id == current_id,
            session.id in writing,
        )
        for session in sessions
    }
    kept = fragments().find(list(keys.values()))
    row = macro("sessions/_row.html", "row")
    for session in sessions:
        key = keys[session.id]
        if key not in kept:
            kept[key] = row(session, session.id == current_id, session.id in writing)
            fragments().keep(key, kept[key])
    # Each is Markup already; Markup's own join would look at all of them once more.
    return Markup("".join([kept[keys[session.id]] for session in sessions]))  # noqa: S704
