from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import with_etag
from webapp.api.schemas.search import HistogramOut, HistogramQuery, HitList, SearchQuery
from webapp.api.searching import histogram_json, hit_json, title_json
from webapp.http.authentication import current_user
from webapp.services.search.looking import count_matches
from webapp.services.search.query import parse
from webapp.services.search.searching import search

if TYPE_CHECKING:
    from flask import Response


@api.route(
    "GET",
    "/search",
    query=SearchQuery,
    responses={200: HitList, 304: None},
    problems=(400, 422),
    request_headers=("If-None-Match",),
)
def index(query: SearchQuery) -> Answer | Response:
    """Find turns of which one message has every word, best first or newest first.

    Each turn is listed once. If no message has every word, turns are found that have some of them, and `all_words` is
    false. Turns with the archivist are left out by default.
    """
    wanted = parse(query.q, query.tz, with_archivist=query.include_archivist)
    page = search(current_user(), wanted, order=query.order, limit=query.limit, cursor=query.cursor)
    return with_etag(
        Answer(
            {
                "data": [hit_json(hit) for hit in page.data],
                "next": page.next,
                "all_words": page.all_words,
                "is_cut": page.is_cut,
                "chats": [title_json(hit) for hit in page.titles],
            }
        )
    )


@api.route(
    "GET",
    "/search/histogram",
    query=HistogramQuery,
    responses={200: HistogramOut, 304: None},
    problems=(422,),
    request_headers=("If-None-Match",),
)
def histogram(query: HistogramQuery) -> Answer | Response:
    """Count the messages that have every word, in days, weeks, months or years of a time zone."""
    wanted = parse(query.q, query.tz, with_archivist=query.include_archivist)
    found = count_matches(current_user(), wanted, all_words=query.all_words, unit=query.bin, zone=query.tz)
    return with_etag(Answer(histogram_json(found)))
