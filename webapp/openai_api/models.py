from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from pydantic_core import to_json

from webapp.errors import FieldProblem, NotFound
from webapp.http.json_body import JSON
from webapp.services.assistants.lookup import find_assistant
from webapp.services.assistants.registry import list_assistants

pages = Blueprint("compatible_models", __name__)


@pages.get("/v1/models", strict_slashes=False)
def index() -> Response:
    """List the assistants as models."""
    data = [_model(choice.key) for choice in list_assistants()]
    return Response(to_json({"object": "list", "data": data}), content_type=JSON)


@pages.get("/v1/models/<path:model>")
def show(model: str) -> Response:
    return Response(to_json(_model(assistant_of(model.removesuffix("/")) or model)), content_type=JSON)


def assistant_of(model: str | None) -> str | None:
    """Return the key of the assistant with this model name, None if there is no name. Raises NotFound.

    A model of a connection is also found by its bare name, which clients are usually configured with.
    """
    if not model:
        return None
    key = find_assistant(model)
    if key is not None:
        return key
    sentence = f"The model “{model}” does not exist. GET /v1/models lists the models."
    raise NotFound(sentence, problems=(FieldProblem("#/model", "model_not_found", sentence),))


def _model(key: str) -> dict[str, Any]:
    # The time of creation is unknown.
    return {"id": key, "object": "model", "created": 0, "owned_by": "minutebook"}
