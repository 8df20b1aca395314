from __future__ import annotations

from webapp.api import (  # noqa: F401 - each registers its operations with `api`
    account,
    assistants,
    chat,
    document,
    edits,
    errors,
    forks,
    forms,
    live,
    messages,
    retries,
    search,
    sessions,
    turns,
    v1,
)
from webapp.http.audience import Audience
from webapp.http.doors import Door

API = Door(
    prefix="/api/",
    audience=Audience.TOKEN,
    errors=errors,
    blueprints=(v1, document.pages),
    init=forms.init_forms,
)
