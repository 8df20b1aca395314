from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import with_etag
from webapp.api.present import hit_json
from webapp.api.schemas.search import HitList, SearchQuery
from webapp.http.authentication import current_user
from webapp.services.search.messages import search_messages

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
    """Find the messages that contain every word, newest first.

    Turns with the archivist are left out by default.
    """
    page = search_messages(
        current_user(), query.q, limit=query.limit, cursor=query.cursor, with_archivist=query.include_archivist
    )
    return with_etag(Answer({"data": [hit_json(hit) for hit in page.data], "next": page.next}))
