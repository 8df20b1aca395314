from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import with_etag
from webapp.api.present import instruction_json, message_json
from webapp.api.schemas.messages import MessageList, MessageOut, MessagesQuery
from webapp.errors import NotFound
from webapp.http.authentication import current_user
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.transcripts.positions import find_message
from webapp.services.transcripts.reading import read_page
from webapp.urls import message_api_path

if TYPE_CHECKING:
    from flask import Response


@api.route(
    "GET",
    "/sessions/<id:session_id>/messages",
    query=MessagesQuery,
    responses={200: MessageList, 304: None},
    problems=(400, 404, 422),
    request_headers=("If-None-Match",),
)
def index(session_id: str, query: MessagesQuery) -> Answer | Response:
    """List the messages of a session in order, by pages.

    A page starts at the beginning, or after `after_idx`, or ends before `before_idx`. `next` continues in that
    direction.
    """
    kind = f"messages:{session_id}"
    after, before = query.after_idx, query.before_idx
    if query.cursor:
        backwards, idx = decode_cursor(kind, query.cursor, bool, int)
        after, before = (None, idx) if backwards else (idx, None)
    if before is None and after is None:
        after = -1
    page = read_page(current_user(), session_id, before_idx=before, after_idx=after, limit=query.limit)
    following = None
    if page.messages and before is not None and page.has_earlier:
        following = encode_cursor(kind, True, page.messages[0].idx)
    elif page.messages and before is None and page.has_later:
        following = encode_cursor(kind, False, page.messages[-1].idx)
    data = [message_json(session_id, message) for message in page.messages]
    instructions = list(map(instruction_json, page.instructions))
    return with_etag(Answer({"data": data, "instructions": instructions, "next": following}))


@api.route("GET", "/messages/<id:message_id>", responses={303: None}, problems=(404, 422))
def find(message_id: str) -> Answer:
    """Find a message by its id.

    Redirects to the message in the session where it was written, or else in another session that shares it.
    """
    place = find_message(current_user(), message_id)
    return Answer(status=303, headers={"Location": message_api_path(*place)})


@api.route(
    "GET",
    "/sessions/<id:session_id>/messages/<int:idx>",
    responses={200: MessageOut, 304: None},
    problems=(404, 422),
    request_headers=("If-None-Match",),
)
def show(session_id: str, idx: int) -> Answer | Response:
    """Get the message at an `idx`."""
    page = read_page(current_user(), session_id, after_idx=min(idx, 2**31) - 1, limit=1)
    if not page.messages:
        raise NotFound("This chat has no such message. Read the chat again.")
    return with_etag(Answer(message_json(session_id, page.messages[0])))
