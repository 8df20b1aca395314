from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.errors import Invalid
from webapp.http.authentication import current_user
from webapp.services.search.query import parse
from webapp.services.search.searching import search
from webapp.services.search.values import Order, SearchPage
from webapp.web.responses import answer, wants_fragment
from webapp.web.sentences import search_hint
from webapp.web.sidebar import sidebar

pages = Blueprint("search", __name__)


@pages.get("/search")
def index() -> Response:
    """Search titles and messages. The first page has titles, too; htmx gets the next page of messages."""
    query = request.args.get("q", "").lstrip()
    cursor = request.args.get("page")
    with_archivist = request.args.get("include_archivist") == "1"
    order: Order = "newest" if request.args.get("order") == "newest" else "best"
    try:
        hits = search(current_user(), parse(query, with_archivist=with_archivist), order=order, cursor=cursor)
        problem = ""
    except Invalid as error:
        hits, problem = SearchPage([], None), error.detail
    if wants_fragment() and cursor:
        return answer("search/_hits.html", query=query, hits=hits, order=order, with_archivist=with_archivist)
    status = 422 if problem else 200
    return answer(
        "search/index.html",
        status=status,
        query=query,
        order=order,
        with_archivist=with_archivist,
        hits=hits,
        hint=search_hint(query, has_titles=bool(hits.titles)),
        problem=problem,
        **sidebar(None),
    )
