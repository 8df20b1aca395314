from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import request
from pydantic import MISSING

from webapp.api import api
from webapp.api.carried import carried
from webapp.api.forms import SESSION_FORM
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import expected_revisions, not_modified, revision_etag, with_etag
from webapp.api.kit.keys import request_key
from webapp.api.kit.route import MERGE_PATCH
from webapp.api.links import session_links
from webapp.api.present import instruction_json, message_json, session_answer, session_json
from webapp.api.schemas.sessions import (
    DeleteQuery,
    SessionIn,
    SessionList,
    SessionOut,
    SessionPatch,
    SessionQuery,
    SessionsQuery,
    SessionWithMessages,
)
from webapp.errors import Invalid
from webapp.http.authentication import current_user
from webapp.http.body_limits import max_bytes
from webapp.http.json_body import JSON
from webapp.services.carried import MOST_TEXTS
from webapp.services.sessions.changes import archive_session, change_session, create_session, get_session
from webapp.services.sessions.from_carried import create_session_with
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.reading import read_transcript

if TYPE_CHECKING:
    from flask import Response


@api.route(
    "GET",
    "/sessions",
    query=SessionsQuery,
    responses={200: SessionList, 304: None},
    problems=(400, 422),
    request_headers=("If-None-Match",),
)
def index(query: SessionsQuery) -> Answer | Response:
    """List chat sessions.

    Pinned sessions come first, and chats with the archivist alone last; among each, the latest activity first. Archived
    sessions are left out by default.
    """
    if query.archived and query.include_archived:
        raise Invalid.field("archived", "conflict", "Send either archived=only or include_archived, not both.")
    state = "only" if query.archived else "all" if query.include_archived else "no"
    filters = SessionFilter(state, query.pinned, query.title, query.tag and query.tag.lower())  # type: ignore[arg-type]
    page = list_sessions(current_user(), filters, limit=query.limit, cursor=query.cursor)
    return with_etag(Answer({"data": [session_json(session) for session in page.data], "next": page.next}))


@api.route(
    "POST",
    "/sessions",
    body=SessionIn,
    responses={201: SessionOut},
    problems=(400, 409, 413, 415, 422),
    request_headers=("Idempotency-Key",),
    links=session_links("$response.body#/id"),
)
@max_bytes(texts=MOST_TEXTS)
def create(body: SessionIn) -> Answer:
    """Create a chat session, empty or with `turns`.

    Without a title, the first message gives the session its title. The turns of a temporary chat are stored with their
    own times, models and finish reasons.
    """
    create_it = partial(create_session_with, messages=carried(body.turns)) if body.turns else create_session
    session = create_it(
        current_user(),
        title=body.title or "",
        pinned=body.pinned,
        assistant=body.assistant or None,
        created_at=body.created_at,
        key=request_key(SESSION_FORM),
    )
    return session_answer(session, status=201)


@api.route(
    "GET",
    "/sessions/<id:session_id>",
    query=SessionQuery,
    responses={200: SessionWithMessages, 304: None},
    problems=(404, 422),
    request_headers=("If-None-Match",),
)
def show(session_id: str, query: SessionQuery) -> Answer | Response:
    """Get a chat session with its messages in order.

    `messages=0` leaves them out. Read a long transcript by pages, from `/messages`.
    """
    user = current_user()
    if "If-None-Match" in request.headers or not query.messages:
        session = get_session(user, session_id)
        unchanged = not_modified(revision_etag(session.revision))
        if unchanged or not query.messages:
            return unchanged or session_answer(session)
    page = read_transcript(user, session_id)
    data = session_json(page.session)
    data["messages"] = [message_json(session_id, message) for message in page.messages]
    data["instructions"] = list(map(instruction_json, page.instructions))
    return Answer(data, headers={"ETag": revision_etag(page.session.revision)})


@api.route(
    "PATCH",
    "/sessions/<id:session_id>",
    body=SessionPatch,
    body_types=(MERGE_PATCH, JSON),
    responses={200: SessionOut},
    problems=(400, 404, 409, 412, 413, 415, 422),
    request_headers=("If-Match",),
)
def update(session_id: str, body: SessionPatch) -> Answer:
    """Change a chat session (JSON Merge Patch, RFC 7396).

    A null title restores the automatic title. A null assistant restores the default assistant. `tags` are all tags of
    the session by name; new ones are made.
    """
    changes = {name: value for name in SessionPatch.model_fields if (value := getattr(body, name)) is not MISSING}
    for name in ("title", "assistant"):
        if name in changes and changes[name] is None:
            changes[name] = ""
    if changes.get("tags", ()) is None:
        changes["tags"] = ()
    return session_answer(
        change_session(current_user(), session_id, **changes, expected_revisions=expected_revisions())
    )


@api.route(
    "DELETE",
    "/sessions/<id:session_id>",
    query=DeleteQuery,
    responses={204: None},
    problems=(404, 409, 412, 422),
    request_headers=("If-Match",),
)
def destroy(session_id: str, query: DeleteQuery) -> Answer:
    """Archive a chat session, or delete an archived one permanently with `purge=true`.

    Archiving an archived session changes nothing. To restore a session, patch `archived` to false.
    """
    act = purge_session if query.purge else archive_session
    act(current_user(), session_id, expected_revisions=expected_revisions())
    return Answer(status=204)
