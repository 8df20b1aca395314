from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.errors import Invalid
from webapp.http.authentication import current_user
from webapp.services.search.messages import HitPage, search_messages
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.web.responses import answer, wants_fragment
from webapp.web.sentences import search_hint
from webapp.web.sidebar import sidebar

pages = Blueprint("search", __name__)

_TITLES = 5


@pages.get("/search")
def index() -> Response:
    """Search titles and messages. The first page has titles, too; htmx gets the next page of messages."""
    query = request.args.get("q", "").strip()
    cursor = request.args.get("page")
    with_archivist = request.args.get("include_archivist") == "1"
    try:
        hits, problem = search_messages(current_user(), query, cursor=cursor, with_archivist=with_archivist), ""
    except Invalid as error:
        hits, problem = HitPage([], None), error.detail
    if wants_fragment() and cursor:
        return answer("search/_hits.html", query=query, hits=hits, with_archivist=with_archivist)
    title_hits = []
    if query and not cursor and not problem:
        title_hits = list_sessions(current_user(), SessionFilter(archived="all", title=query), limit=_TITLES).data
    status = 422 if problem else 200
    return answer(
        "search/index.html",
        status=status,
        query=query,
        with_archivist=with_archivist,
        hits=hits,
        title_hits=title_hits,
        hint=search_hint(query, has_titles=bool(title_hits)),
        problem=problem,
        **sidebar(None),
    )
