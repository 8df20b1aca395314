from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.errors import Invalid
from webapp.http.authentication import current_user
from webapp.services.search.looking import Look, look
from webapp.services.search.query import Query, parse
from webapp.services.search.searching import search
from webapp.services.search.values import Histogram, Order, SearchPage
from webapp.web.dates import zone_name
from webapp.web.histograms import HEIGHT, WIDTH, bars_of
from webapp.web.responses import answer, wants_fragment
from webapp.web.sentences import search_hint
from webapp.web.sidebar import sidebar

pages = Blueprint("search", __name__)


@pages.get("/search")
def index() -> Response:
    """Search titles and messages, with a histogram. htmx gets the next page of messages alone."""
    text = request.args.get("q", "").lstrip()
    cursor = request.args.get("page")
    with_archivist = request.args.get("include_archivist") == "1"
    order: Order = "newest" if request.args.get("order") == "newest" else "best"
    query, problem = Query(), ""
    found = Look(SearchPage([], None), Histogram("month", ()))
    try:
        query = parse(text, zone_name(), with_archivist=with_archivist)
        if wants_fragment() and cursor:
            hits = search(current_user(), query, order=order, cursor=cursor)
            return answer("search/_hits.html", query=text, hits=hits, order=order, with_archivist=with_archivist)
        found = look(current_user(), query, order=order, zone=zone_name(), cursor=cursor)
    except Invalid as error:
        problem = error.detail
    return answer(
        "search/index.html",
        status=422 if problem else 200,
        query=text,
        chips=query.chips,
        order=order,
        with_archivist=with_archivist,
        hits=found.page,
        bars=bars_of(found.histogram, query),
        histogram_size=(WIDTH, HEIGHT),
        hint=search_hint(text, has_titles=bool(found.page.titles)),
        problem=problem,
        **sidebar(None),
    )
