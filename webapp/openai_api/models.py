from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from pydantic_core import to_json

from webapp.agent.openai import PREFIX
from webapp.errors import FieldProblem, NotFound
from webapp.http.json_body import JSON
from webapp.services.assistants.registry import list_assistants, registry

pages = Blueprint("compatible_models", __name__)


@pages.get("/v1/models")
def index() -> Response:
    """List the assistants as models."""
    data = [_model(choice.key) for choice in list_assistants()]
    return Response(to_json({"object": "list", "data": data}), content_type=JSON)


@pages.get("/v1/models/<path:model>")
def show(model: str) -> Response:
    """Show one of them."""
    return Response(to_json(_model(assistant_of(model) or model)), content_type=JSON)


def assistant_of(model: str | None) -> str | None:
    """Return the key of the assistant that a client calls so; None where it calls none. Raises NotFound.

    A model behind `openai:` goes by its bare name, too: that is what clients are set up with.
    """
    if not model:
        return None
    for key in (model, f"{PREFIX}:{model}"):
        if registry().accepts(key):
            return key
    sentence = f"There is no model “{model}” here. GET /v1/models lists those there are."
    raise NotFound(sentence, problems=(FieldProblem("#/model", "model_not_found", sentence),))


def _model(key: str) -> dict[str, Any]:
    # When it was made nobody here knows.
    return {"id": key, "object": "model", "created": 0, "owned_by": "minutebook"}
