from __future__ import annotations

from webapp.http.audience import Audience
from webapp.http.doors import Door
from webapp.openai_api import completions, errors, models
from webapp.urls import OPENAI_COMPATIBLE

OPENAI_API = Door(
    prefix=OPENAI_COMPATIBLE,
    audience=Audience.TOKEN,
    errors=errors,
    blueprints=(completions.pages, models.pages),
    init=completions.init_app,
)
