"""How the JSON API stores answers under an idempotency key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from webapp.api.imports import IMPORT_FORM, import_answer
from webapp.api.kit.keys import store_answers
from webapp.api.present import chat_answer, connection_answer, session_answer, tag_answer, turn_answer

if TYPE_CHECKING:
    from flask import Flask

CHAT_FORM = "json"
CONNECTION_FORM = "connection"
SESSION_FORM = "session"
TAG_FORM = "tag"
TURN_FORM = "turn"


def init_forms(app: Flask) -> None:
    store_answers(app, CHAT_FORM, chat_answer)
    store_answers(app, CONNECTION_FORM, connection_answer)
    store_answers(app, IMPORT_FORM, import_answer)
    store_answers(app, SESSION_FORM, partial(session_answer, status=201))
    store_answers(app, TAG_FORM, partial(tag_answer, status=201))
    store_answers(app, TURN_FORM, turn_answer)
