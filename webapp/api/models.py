"""Models of connections, for administrators. A model's name may have slashes, so it is in the body or the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.schemas.connections import ModelIn, ModelName, ModelOut, ModelPage, ModelsQuery
from webapp.errors import NotFound
from webapp.http.authentication import current_user
from webapp.services.assistants.models import (
    ModelChange,
    add_models,
    change_many,
    list_models,
    page_of_models,
    remove_model,
)

if TYPE_CHECKING:
    from webapp.services.assistants.values import Model

_RULE = "/connections/<id:connection_id>/models"


@api.route("GET", _RULE, query=ModelsQuery, responses={200: ModelPage}, problems=(400, 403, 404, 422))
def index(connection_id: str, query: ModelsQuery) -> Answer:
    """List the models of a connection, hidden ones too. Administrators only."""
    page = page_of_models(current_user(), connection_id, limit=query.limit, cursor=query.cursor)
    return Answer({"data": [_json(model, page.default) for model in page.data], "next": page.next})


@api.route("PATCH", _RULE, body=ModelIn, responses={200: ModelOut}, problems=(400, 403, 404, 413, 415, 422))
def update(connection_id: str, body: ModelIn) -> Answer:
    """Show, hide or rename a model, or begin new chats with it. Administrators only."""
    user = current_user()
    change = ModelChange(connection_id, body.model, body.is_shown, body.label)
    default = _find(connection_id, body.model)[0].key if body.is_default else None
    change_many(user, [change], default=default)
    return Answer(_json(*_find(connection_id, body.model)))


@api.route("POST", _RULE, body=ModelName, responses={200: ModelOut}, problems=(400, 403, 404, 413, 415, 422))
def create(connection_id: str, body: ModelName) -> Answer:
    """Add a model by name, for a server that lists none. Administrators only."""
    add_models(current_user(), connection_id, [body.model])
    return Answer(_json(*_find(connection_id, body.model.strip())))


@api.route("DELETE", _RULE, body=ModelName, responses={204: None}, problems=(400, 403, 404, 413, 415, 422))
def destroy(connection_id: str, body: ModelName) -> Answer:
    """Remove a model that was added by name. Administrators only."""
    remove_model(current_user(), connection_id, body.model)
    return Answer(status=204)


def _find(connection_id: str, name: str) -> tuple[Model, str | None]:
    page = list_models(current_user(), connection_id)
    found = next((model for model in page.models if model.name == name), None)
    if found is None:
        raise NotFound(f"There is no model “{name}” in this connection. Refresh its list.")
    return found, page.default


def _json(model: Model, default: str | None) -> dict[str, Any]:
    fields = ("key", "label", "is_shown", "is_listed", "is_named")
    return {
        "model": model.name,
        **{name: getattr(model, name) for name in fields},
        "is_default": model.key == default,
    }
