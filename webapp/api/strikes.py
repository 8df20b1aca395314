from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.schemas.instructions import InstructionStrikeOut
from webapp.api.schemas.strikes import StrikeOut
from webapp.http.authentication import current_user
from webapp.services.strikes.instructions import strike_instruction
from webapp.services.strikes.strike import strike_message
from webapp.urls import message_lookup_api_path

if TYPE_CHECKING:
    from flask import Response


@api.route("POST", "/messages/<id:message_id>/strike", responses={200: StrikeOut}, problems=(404, 409))
def create(message_id: str) -> Answer | Response:
    """Remove the text of a message for good.

    The text is removed from all sessions with this message, from search, from stored answers and from the titles that
    were made of it. Answers that repeat it as a quotation are removed as well. The message keeps its `idx`, its
    `content` is empty and `struck_at` has the time. This cannot be undone. A second request removes nothing more.
    """
    strike = strike_message(current_user(), message_id)
    return Answer(strike._asdict() | {"url": message_lookup_api_path(message_id)})


@api.route("POST", "/instructions/<id:text_id>/strike", responses={200: InstructionStrikeOut}, problems=(404, 409))
def create_of_instructions(text_id: str) -> Answer:
    """Remove a text of instructions for good.

    It is removed from all transcripts and settings with exactly this text. Places and dates stay, the `content` is
    empty and `struck_at` has the time. This cannot be undone. A second request removes nothing more.
    """
    struck = strike_instruction(current_user(), text_id)
    return Answer({"text_id": struck.text_id, "struck_at": struck.struck_at})
