from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import MISSING

from webapp.api import api
from webapp.api.forms import TAG_FORM
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import expected_tags, not_modified, tag_etag, with_etag
from webapp.api.kit.keys import request_key
from webapp.api.kit.route import MERGE_PATCH
from webapp.api.present import counted_tag_json, tag_answer
from webapp.api.schemas.tags import TagIn, TagList, TagOut, TagPatch
from webapp.http.authentication import current_user
from webapp.http.json_body import JSON
from webapp.services.tags.changes import change_tag, create_tag, delete_tag, get_tag
from webapp.services.tags.listing import list_tags

if TYPE_CHECKING:
    from flask import Response


@api.route("GET", "/tags", responses={200: TagList, 304: None}, problems=(422,), request_headers=("If-None-Match",))
def index() -> Answer | Response:
    """List the tags with the numbers of their chat sessions."""
    tags = list_tags(current_user())
    return with_etag(Answer({"data": [counted_tag_json(tag) for tag in tags], "next": None}))


@api.route(
    "POST",
    "/tags",
    body=TagIn,
    responses={201: TagOut},
    problems=(400, 409, 413, 415, 422),
    request_headers=("Idempotency-Key",),
    links={name: {"tag_id": "$response.body#/id"} for name in ("tags_show", "tags_update", "tags_destroy")},
)
def create(body: TagIn) -> Answer:
    """Create a tag."""
    tag = create_tag(current_user(), body.name, instructions=body.instructions, key=request_key(TAG_FORM))
    return tag_answer(tag, status=201)


@api.route(
    "GET",
    "/tags/<id:tag_id>",
    responses={200: TagOut, 304: None},
    problems=(404, 422),
    request_headers=("If-None-Match",),
)
def show(tag_id: str) -> Answer | Response:
    """Get a tag with its instructions."""
    tag = get_tag(current_user(), tag_id)
    return not_modified(tag_etag(tag.tag)) or tag_answer(tag)


@api.route(
    "PATCH",
    "/tags/<id:tag_id>",
    body=TagPatch,
    body_types=(MERGE_PATCH, JSON),
    responses={200: TagOut},
    problems=(400, 404, 409, 412, 413, 415, 422),
    request_headers=("If-Match",),
)
def update(tag_id: str, body: TagPatch) -> Answer:
    """Rename a tag or change its instructions (JSON Merge Patch, RFC 7396).

    The instructions hold for turns that begin afterwards. They follow those of the account and precede those of the
    chat, in the order of the tags' names.
    """
    changes = {name: value for name in TagPatch.model_fields if (value := getattr(body, name)) is not MISSING}
    return tag_answer(change_tag(current_user(), tag_id, changes, expected_tags=expected_tags()))


@api.route(
    "DELETE",
    "/tags/<id:tag_id>",
    responses={204: None},
    problems=(404, 412, 422),
    request_headers=("If-Match",),
)
def destroy(tag_id: str) -> Answer:
    """Delete a tag. Its chat sessions stay."""
    delete_tag(current_user(), tag_id, expected_tags=expected_tags())
    return Answer(status=204)
