from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import with_etag
from webapp.api.schemas.search import PeekOut, PeekQuery, WholeTurnOut
from webapp.api.searching import peek_json, whole_turn_json
from webapp.http.authentication import current_user
from webapp.services.search.peeking import peek
from webapp.services.search.periods import read_bound
from webapp.services.search.query import parse_question
from webapp.services.search.turns import read_turn

if TYPE_CHECKING:
    from flask import Response


@api.route(
    "GET",
    "/retrieval/peek",
    query=PeekQuery,
    responses={200: PeekOut, 304: None},
    problems=(400, 422),
    request_headers=("If-None-Match",),
)
def peek_at(query: PeekQuery) -> Answer | Response:
    """Look up a question: how many messages have its telling words, when, and the turns that fit best.

    `fit` says how well these do: `good`, `partial` (words of the question are missing), `weak`, or `nothing`. If
    `is_cut`, more turns may match than were ranked; a shorter time or a phrase narrows it.
    """
    wanted = parse_question(query.query, query.tz)
    wanted = wanted.within(
        read_bound(query.start, query.tz, "start"), read_bound(query.end, query.tz, "end", is_end=True)
    )
    if query.session_id:
        wanted = replace(wanted, session_id=query.session_id)
    if query.tag:
        wanted = replace(wanted, tags=(*wanted.tags, query.tag))
    found = peek(current_user(), wanted, top_k=query.top_k, unit=query.bin, zone=query.tz, cursor=query.cursor)
    return with_etag(Answer(peek_json(found, with_snippets=query.top_n_snippets)))


@api.route(
    "GET",
    "/retrieval/turns/<id:turn_id>",
    responses={200: WholeTurnOut, 304: None},
    problems=(404,),
    request_headers=("If-None-Match",),
)
def turn(turn_id: str) -> Answer | Response:
    """Return a whole turn by the id of its question or answer, and the ids of the turns before and after it."""
    return with_etag(Answer(whole_turn_json(read_turn(current_user(), turn_id))))
