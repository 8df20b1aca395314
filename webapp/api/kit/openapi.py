"""Building the OpenAPI 3.1 document from the declared operations."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from webapp import __version__
from webapp.api.errors import MEDIA_TYPE
from webapp.api.kit.parameters import PART, REF, header_parameters, path_parameters, query_parameters
from webapp.api.schemas.base import CONTENT_LIMIT
from webapp.http.live_answers import EVENT_STREAM
from webapp.urls import API

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from webapp.api.kit.route import Operation

_PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457). `detail` says what to do.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string", "description": "What the log calls this request; also in `X-Request-ID`."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of an account: made on its page, or with `minutebook tokens create NAME --user YOU`.",
}

#: What any request can be refused for, and one that changes something.
_ALWAYS = (401, 503)
_WRITING = (403, 429)

#: What can be done with a session.
_TARGETS = (
    "sessions_show",
    "sessions_update",
    "sessions_destroy",
    "messages_index",
    "turns_create",
    "retries_create",
    "edits_create",
    "forks_create",
)


def build_document(operations: Sequence[Operation], *, content_limit: int) -> dict[str, Any]:
    """Return the document. `content_limit` is the greatest length of a message, in characters."""
    schemas, references = _schemas(operations)
    _set_content_limit(schemas, content_limit)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = PART.sub(r"{\2}", operation.rule)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas, references)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Minutebook",
            "version": __version__,
            "description": "Chat sessions, their ordered transcripts, and an assistant that answers.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": API}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas | {"Problem": _PROBLEM}, "securitySchemes": {"token": _TOKEN}},
    }


def _schemas(operations: Sequence[Operation]) -> tuple[dict[str, Any], dict[Any, dict[str, str]]]:
    """Generate the models' schemas: what is taken as it validates, what is answered as it is written."""
    wanted: dict[tuple[type[BaseModel], Any], None] = {}
    for operation in operations:
        for model in (operation.body, operation.query):
            if model:
                wanted[model, "validation"] = None
        for answered in (*operation.responses.values(), *operation.events.values()):
            if answered:
                wanted[answered, "serialization"] = None
    references, definitions = models_json_schema(list(wanted), ref_template=REF)
    return definitions.get("$defs", {}), references


def _operation(operation: Operation, schemas: dict[str, Any], references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [
            *path_parameters(operation),
            *query_parameters(operation, schemas),
            *header_parameters(operation),
        ],
        "responses": _responses(operation, references),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body:
        schema = references[operation.body, "validation"]
        described["requestBody"] = {
            "required": not operation.body_is_optional,
            "content": {media_type: {"schema": schema} for media_type in operation.body_types},
        }
    return described


def _responses(operation: Operation, references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in operation.responses.items():
        response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if model:
            response["content"] = {"application/json": {"schema": references[model, "serialization"]}}
        if status == 200 and operation.events:
            response["content"][EVENT_STREAM] = _events(operation, references)
        if operation.links:
            response["links"] = _links(operation)
        responses[str(status)] = response
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    writing = () if operation.method == "GET" else _WRITING
    for status in sorted({*operation.problems, *_ALWAYS, *writing}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return responses


def _events(operation: Operation, references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    """Describe a stream by what its events are, as OpenAPI 3.2 does; 3.1 has no other words for one."""
    told = "A server-sent event. Its `id` can be sent as `Last-Event-ID`."
    events = [_event(name, references[model, "serialization"]) for name, model in operation.events.items()]
    return {"schema": {"description": told, "oneOf": events}}


def _event(name: str, shape: dict[str, str]) -> dict[str, Any]:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": shape}
    return {
        "type": "object",
        "required": ["event", "data", "id"],
        "properties": {"event": {"const": name}, "data": data, "id": {"type": "string"}},
    }


def _links(operation: Operation) -> dict[str, Any]:
    """Say what can be done next with what was answered."""
    return {target: {"operationId": target, "parameters": dict(operation.links)} for target in _TARGETS}


def _set_content_limit(node: Any, limit: int) -> None:
    if isinstance(node, dict):
        if node.pop(CONTENT_LIMIT, False):
            node["maxLength"] = limit
        for child in node.values():
            _set_content_limit(child, limit)
    elif isinstance(node, list):
        for child in node:
            _set_content_limit(child, limit)
