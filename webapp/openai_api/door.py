from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.http.audience import Audience
from webapp.http.doors import Door
from webapp.openai_api import completions, errors, models, responses
from webapp.urls import OPENAI_COMPATIBLE

if TYPE_CHECKING:
    from flask import Flask


def _init(app: Flask) -> None:
    completions.init_app(app)
    responses.init_app(app)


OPENAI_API = Door(
    prefix=OPENAI_COMPATIBLE,
    audience=Audience.TOKEN,
    errors=errors,
    blueprints=(completions.pages, models.pages, responses.pages),
    init=_init,
)
