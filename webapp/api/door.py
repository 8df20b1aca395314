from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import (  # noqa: F401 - each registers its operations with `api`
    account,
    assistants,
    chat,
    connections,
    continuations,
    document,
    edits,
    errors,
    exports,
    files,
    forks,
    forms,
    imports,
    live,
    messages,
    models,
    replacements,
    retries,
    retrieval,
    search,
    sessions,
    settings,
    several,
    strikes,
    tags,
    temporary,
    turns,
    v1,
)
from webapp.api.prefixing import init_prefixing
from webapp.http.audience import Audience
from webapp.http.doors import Door
from webapp.urls import API_DOOR

if TYPE_CHECKING:
    from flask import Flask


def init_api(app: Flask) -> None:
    forms.init_forms(app)
    init_prefixing(app)


API = Door(
    prefix=API_DOOR,
    audience=Audience.TOKEN,
    errors=errors,
    blueprints=(v1, document.pages),
    init=init_api,
)
