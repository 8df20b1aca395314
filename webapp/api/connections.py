"""Connections to servers with models, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from webapp.api import api
from webapp.api.forms import CONNECTION_FORM
from webapp.api.kit.answer import Answer
from webapp.api.kit.keys import request_key
from webapp.api.present import connection_answer, connection_json
from webapp.api.schemas.connections import (
    ConnectionIn,
    ConnectionList,
    ConnectionOut,
    ConnectionPatch,
    RefreshOut,
    TestOut,
)
from webapp.http.authentication import current_user
from webapp.services.assistants.checking import check_entered, check_stored, refresh_models
from webapp.services.assistants.connections import (
    add_connection,
    change_connection,
    get_connection,
    list_connections,
    remove_connection,
)
from webapp.services.assistants.values import Fields

if TYPE_CHECKING:
    from webapp.services.assistants.values import Outcome


@api.route("GET", "/connections", responses={200: ConnectionList}, problems=(403, 422))
def index() -> Answer:
    """List the connections. Administrators only."""
    return Answer({"data": [connection_json(one) for one in list_connections(current_user())], "next": None})


@api.route(
    "POST",
    "/connections",
    body=ConnectionIn,
    responses={201: ConnectionOut},
    problems=(400, 403, 409, 413, 415, 422),
    request_headers=("Idempotency-Key",),
    links={
        name: {"connection_id": "$response.body#/id"}
        for name in ("connections_show", "connections_update", "connections_destroy")
    },
)
def create(body: ConnectionIn) -> Answer:
    """Add a connection. Administrators only.

    The server is not asked: test the connection, or refresh its models, afterwards.
    """
    key = request_key(CONNECTION_FORM)
    return connection_answer(add_connection(current_user(), _fields(body), named=body.models, key=key))


@api.route(
    "POST", "/connections/tests", body=ConnectionIn, responses={200: TestOut}, problems=(400, 403, 413, 415, 422)
)
def test(body: ConnectionIn) -> Answer:
    """Test a connection without storing it. Administrators only.

    The server lists its models, and one of them answers a short question.
    """
    return Answer(_outcome(check_entered(current_user(), _fields(body), named=body.models)))


@api.route("GET", "/connections/<id:connection_id>", responses={200: ConnectionOut}, problems=(403, 404, 422))
def show(connection_id: str) -> Answer:
    """Get a connection. Administrators only."""
    return Answer(connection_json(get_connection(current_user(), connection_id)))


@api.route(
    "PATCH",
    "/connections/<id:connection_id>",
    body=ConnectionPatch,
    responses={200: ConnectionOut},
    problems=(400, 403, 404, 409, 413, 415, 422),
)
def update(connection_id: str, body: ConnectionPatch) -> Answer:
    """Change a connection. Administrators only.

    A stored key is sent only to the host that it was entered for: send the key again with another host's address.
    """
    user, given = current_user(), body.model_fields_set
    stored = get_connection(user, connection_id)
    fields = Fields(
        name=stored.name if body.name is None else body.name,
        address=stored.address if body.address is None else body.address,
        key=(body.key or "") if "key" in given else None,
        headers=(body.headers or {}) if "headers" in given else None,
    )
    return Answer(connection_json(change_connection(user, connection_id, fields)))


@api.route("DELETE", "/connections/<id:connection_id>", responses={204: None}, problems=(403, 404, 409, 422))
def destroy(connection_id: str) -> Answer:
    """Remove a connection with its key and models. Administrators only. Chats keep their messages."""
    remove_connection(current_user(), connection_id)
    return Answer(status=204)


@api.route("POST", "/connections/<id:connection_id>/tests", responses={200: TestOut}, problems=(403, 404, 422))
def test_stored(connection_id: str) -> Answer:
    """Test a stored connection, and store the result and the list of its models. Administrators only."""
    return Answer(_outcome(check_stored(current_user(), connection_id)))


@api.route("POST", "/connections/<id:connection_id>/refresh", responses={200: RefreshOut}, problems=(403, 404, 422))
def refresh(connection_id: str) -> Answer:
    """Read the list of a connection's models again. Administrators only. If that fails, the old list stays."""
    problems = refresh_models(current_user(), connection_id)
    connection = get_connection(current_user(), connection_id)
    return Answer({"model_count": connection.model_count, "problem": problems.get(connection_id, "")})


def _fields(body: ConnectionIn) -> Fields:
    return Fields(name=body.name, address=body.address, key=body.key or "", headers=body.headers or {})


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return asdict(outcome) | {"ok": outcome.ok}
