from __future__ import annotations

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.schemas.assistants import AssistantList
from webapp.services.assistants.registry import list_assistants


@api.route("GET", "/assistants", responses={200: AssistantList}, problems=(422,))
def index() -> Answer:
    """List the assistants."""
    return Answer({"data": [choice._asdict() for choice in list_assistants()], "next": None})
