"""Builds the OpenAPI 3.1 document from the declared operations."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from webapp.api.errors import MEDIA_TYPE
from webapp.api.kit.parameters import PATH_VARIABLE, REF, header_parameters, path_parameters, query_parameters
from webapp.api.schemas.base import CONTENT_LIMIT
from webapp.http.events import EVENT_STREAM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from webapp.api.kit.route import Operation

_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). `detail` says what to do.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string", "description": "The id of this request in the log and in `X-Request-ID`."},
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


#: Bytes: OpenAPI 3.1 says it by a schema without a type.
_FILE: dict[str, Any] = {}

#: Error statuses of every operation, and of every operation that writes.
_COMMON_ERRORS = (401, 503)
_WRITE_ERRORS = (403, 429)


def build_document(
    operations: Sequence[Operation], head: Mapping[str, Any], security_schemes: Mapping[str, Any], content_limit: int
) -> dict[str, Any]:
    """Return the document. `head` has its members other than paths and components.

    `content_limit` is the maximum length of a message, in characters.
    """
    schemas, references = _schemas(operations)
    _set_content_limit(schemas, content_limit)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = PATH_VARIABLE.sub(r"{\2}", operation.rule)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas, references)
    return {
        **head,
        "paths": paths,
        "components": {"schemas": schemas | {"Problem": _PROBLEM}, "securitySchemes": security_schemes},
    }


def _schemas(operations: Sequence[Operation]) -> tuple[dict[str, Any], dict[Any, dict[str, str]]]:
    """Return the schemas and the references to them: in validation mode for requests, serialization for responses."""
    modes: dict[tuple[type[BaseModel], Any], None] = {}
    for operation in operations:
        for model in (operation.body, operation.query):
            if model:
                modes[model, "validation"] = None
        for model in (*operation.responses.values(), *operation.events.values()):
            if model:
                modes[model, "serialization"] = None
    references, definitions = models_json_schema(list(modes), ref_template=REF)
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
    if operation.form:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": operation.form}}}
    return described


def _responses(operation: Operation, references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in operation.responses.items():
        response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if model:
            response["content"] = {"application/json": {"schema": references[model, "serialization"]}}
        if status == 200 and operation.files:
            response["content"] = {media_type: {"schema": _FILE} for media_type in operation.files}
        if status in {200, 206} and operation.media_type:
            response["content"] = {operation.media_type: {"schema": {"type": "string", "format": "binary"}}}
        if status == 200 and operation.events:
            response["content"][EVENT_STREAM] = _events(operation, references)
        if operation.links:
            response["links"] = _links(operation)
        responses[str(status)] = response
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    writing = () if operation.method == "GET" else _WRITE_ERRORS
    for status in sorted({*operation.problems, *_COMMON_ERRORS, *writing}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return responses


def _events(operation: Operation, references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    """Return the schema of one event of a stream, as in OpenAPI 3.2. OpenAPI 3.1 cannot describe streams."""
    description = "A server-sent event. Send its `id` as `Last-Event-ID` to resume the stream."
    events = [_event(name, references[model, "serialization"]) for name, model in operation.events.items()]
    return {"schema": {"description": description, "oneOf": events}}


def _event(name: str, shape: dict[str, str]) -> dict[str, Any]:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": shape}
    return {
        "type": "object",
        "required": ["event", "data", "id"],
        "properties": {"event": {"const": name}, "data": data, "id": {"type": "string"}},
    }


def _links(operation: Operation) -> dict[str, Any]:
    return {name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in operation.links.items()}


def _set_content_limit(node: Any, limit: int) -> None:
    if isinstance(node, dict):
        if node.pop(CONTENT_LIMIT, False):
            node["maxLength"] = limit
        for child in node.values():
            _set_content_limit(child, limit)
    elif isinstance(node, list):
        for child in node:
            _set_content_limit(child, limit)
