"""The parameters of an operation in the OpenAPI document: path, query and headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webapp.api.kit.route import Operation

REF = "#/components/schemas/{model}"
PATH_VARIABLE = re.compile(r"<(\w+):(\w+)>")

_VARIABLE_SCHEMAS = {
    "id": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
}
_HEADERS = {
    "If-Match": "An ETag from an earlier response. If it is outdated, nothing is changed (412).",
    "If-None-Match": "An ETag from an earlier response. If it is still current, the response is a 304 without a body.",
    "Range": "One range of bytes, such as `bytes=0-1023`: the response is a 206. Several ranges are ignored.",
    "If-Range": "An ETag from an earlier response. If it is outdated, `Range` is ignored.",
    "Last-Event-ID": "The `id` of the last event that you received. The stream resumes after it. An invalid id is "
    "ignored.",
    "Idempotency-Key": "A key of your choice, 1 to 255 printable ASCII characters without spaces. The same key and "
    "body within 24 hours return the same response and create nothing.",
}


def path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _VARIABLE_SCHEMAS[kind]}
        for kind, name in PATH_VARIABLE.findall(operation.rule)
    ]


def query_parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of the query model as parameters, and remove the model from `schemas`."""
    if operation.query is None:
        return []
    schema = schemas.pop(operation.query.__name__, None) or operation.query.model_json_schema(ref_template=REF)
    parameters = []
    for name, field in schema["properties"].items():
        parameter = {"name": name, "in": "query", "schema": _without_null(field)}
        description = parameter["schema"].pop("description", None)
        if description:
            parameter["description"] = description
        if name in schema.get("required", ()):
            parameter["required"] = True
        parameters.append(parameter)
    return parameters


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema without null, which a query cannot express."""
    schema = {name: value for name, value in field.items() if name not in {"anyOf", "title", "default"}}
    for choice in field.get("anyOf", ()):
        if choice != {"type": "null"}:
            schema = {**choice, **schema}
    if field.get("default") not in (None, ""):
        schema["default"] = field["default"]
    return schema


def header_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "description": _HEADERS[name], "schema": _header_schema(name)}
        for name in operation.request_headers
    ]


def _header_schema(name: str) -> dict[str, Any]:
    if name == "Idempotency-Key":
        return {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"}
    return {"type": "string"}
