"""Settings that a person changes at any time: of the account, and of one chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import MISSING

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import expected_tags, not_modified, tag_etag
from webapp.api.kit.route import MERGE_PATCH
from webapp.api.schemas.settings import AccountSettingsOut, AccountSettingsPatch, ChatSettingsOut, ChatSettingsPatch
from webapp.http.authentication import current_user
from webapp.http.json_body import JSON
from webapp.services.instructions.settings import (
    change_account_settings,
    change_chat_settings,
    get_account_settings,
    get_chat_settings,
)

if TYPE_CHECKING:
    from flask import Response
    from pydantic import BaseModel

    from webapp.services.instructions.settings import AccountSettings, ChatSettings


@api.route(
    "GET",
    "/account/settings",
    responses={200: AccountSettingsOut, 304: None},
    problems=(422,),
    request_headers=("If-None-Match",),
)
def show_account() -> Answer | Response:
    """Get the settings of the account."""
    settings = get_account_settings(current_user())
    return not_modified(tag_etag(settings.tag)) or _account_answer(settings)


@api.route(
    "PATCH",
    "/account/settings",
    body=AccountSettingsPatch,
    body_types=(MERGE_PATCH, JSON),
    responses={200: AccountSettingsOut},
    problems=(400, 412, 413, 415, 422),
    request_headers=("If-Match",),
)
def update_account(body: AccountSettingsPatch) -> Answer:
    """Change the settings of the account (JSON Merge Patch, RFC 7396).

    The standing instructions go to the model at the front of every chat. They hold for turns that begin afterwards.
    """
    return _account_answer(change_account_settings(current_user(), _changes(body), expected_tags=expected_tags()))


@api.route(
    "GET",
    "/sessions/<id:session_id>/settings",
    responses={200: ChatSettingsOut, 304: None},
    problems=(404, 422),
    request_headers=("If-None-Match",),
)
def show_chat(session_id: str) -> Answer | Response:
    """Get the instructions and the parameters of a chat session."""
    settings = get_chat_settings(current_user(), session_id)
    return not_modified(tag_etag(settings.tag)) or _chat_answer(settings)


@api.route(
    "PATCH",
    "/sessions/<id:session_id>/settings",
    body=ChatSettingsPatch,
    body_types=(MERGE_PATCH, JSON),
    responses={200: ChatSettingsOut},
    problems=(400, 404, 412, 413, 415, 422),
    request_headers=("If-Match",),
)
def update_chat(session_id: str, body: ChatSettingsPatch) -> Answer:
    """Change the instructions and the parameters of a chat session (JSON Merge Patch, RFC 7396).

    They hold for turns that begin afterwards. Requests to `/v1` say their own.
    """
    changes = _changes(body)
    return _chat_answer(change_chat_settings(current_user(), session_id, changes, expected_tags=expected_tags()))


def _changes(body: BaseModel) -> dict[str, Any]:
    return {name: value for name in type(body).model_fields if (value := getattr(body, name)) is not MISSING}


def _account_answer(settings: AccountSettings) -> Answer:
    return Answer(settings._asdict(), headers={"ETag": tag_etag(settings.tag)})


def _chat_answer(settings: ChatSettings) -> Answer:
    data = settings._asdict()
    del data["title"]
    return Answer(data, headers={"ETag": tag_etag(settings.tag)})
