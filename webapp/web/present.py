"""Deciding between a page and a fragment, and what every page shows around its matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from webapp.http.authentication import current_user
from webapp.http.url_prefix import prefixed
from webapp.ids import new_id
from webapp.services.assistants.registry import list_assistants
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.urls import SESSIONS
from webapp.web.dates import grouped
from webapp.web.fragments import fragments, macro

if TYPE_CHECKING:
    from webapp.services.values import SessionRow


def wants_fragment() -> bool:
    """Say whether htmx asked for a part to swap in; everything else gets whole pages (also Back and reload)."""
    return request.headers.get("HX-Request-Type") == "partial"


def answer(template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a template as the answer, told apart by what decides between page and fragment."""
    response = make_response(render_template(template, **context), status)
    response.headers.add("Vary", "HX-Request-Type")
    return response


def see_other(address: str) -> Response:
    """Send the browser on after a form was done (303)."""
    response = make_response(redirect(address, 303))
    response.headers.add("Vary", "HX-Request-Type")
    return response


def return_address(default: str, **extra: str) -> str:
    """Return the page of ours the form was on, else `default`; `extra` is its new query."""
    path = _came_from() or default
    query = "&".join(f"{name}={value}" for name, value in extra.items())
    return f"{path}?{query}" if query else path


def _came_from() -> str | None:
    """Return the path of the page the browser names as its last, None if it is none of ours."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    path = page.path.removeprefix(request.script_root)
    ours = page.netloc == request.host and page.path.startswith(prefixed(SESSIONS))
    # A form that was refused left its own address behind, where there is nothing to get.
    return page.path if ours and current_app.url_map.bind(request.host).test(path, "GET") else None


def sidebar(current_id: str | None, *, title: str = "", from_cursor: bool = True) -> dict[str, Any]:
    """Return what the sidebar's rows need: a page of sessions in their groups, and how to go on.

    `title` keeps those whose title holds its words. `from_cursor` begins where the request's address says.
    """
    cursor = request.args.get("cursor") if from_cursor else None
    page = list_sessions(current_user(), SessionFilter(title=title), cursor=cursor)
    groups = grouped(page.data, request.args.get("under"))
    return {
        "groups": [(heading, _rows(group, current_id, page.writing), stands) for heading, group, stands in groups],
        "is_first_page": not cursor,
        "more_chats": _more_chats(page.next, groups[-1][0], title, current_id) if page.next else None,
        "filter_text": title,
        "account_name": current_user().name,
        "current_id": current_id,
    }


def _more_chats(cursor: str, heading: str, title: str, current_id: str | None) -> str:
    """Return the address of the rows that go on under the last `heading`."""
    return url_for("sessions.new", cursor=cursor, under=heading, q=title or None, current=current_id or None)


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


class Typed(NamedTuple):
    """What somebody typed that was not taken, and why: shown again where it was typed."""

    draft: str = ""
    problem: str = ""
    retry: bool = False
    assistant: str | None = None
    title: str | None = None
    title_problem: str = ""


def composer(session: SessionRow | None = None, typed: Typed | None = None) -> dict[str, Any]:
    """Return what the composer needs. The key makes a form that is sent twice one turn."""
    typed = typed or Typed()
    choices = list_assistants()
    remembered = typed.assistant or (session.assistant if session else None)
    chosen = next((c.key for c in choices if c.key == remembered), None)
    return {
        "session": session,
        "draft": typed.draft,
        "problem": typed.problem,
        "retry": typed.retry,
        "key": new_id(),
        "choices": choices,
        "chosen": chosen or next(c.key for c in choices if c.is_default),
        "limit": current_app.extensions["settings"].max_content_chars,
    }


def edit_form(session: SessionRow, idx: int, typed: Typed) -> dict[str, Any]:
    """Return what the form of a message of the user's needs."""
    return {"idx": idx, "replaced": max(0, session.last_idx - idx), **composer(session, typed)}
