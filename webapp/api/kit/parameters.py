"""The parameters of an operation as the document writes them: parts of the path, of the query, headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webapp.api.kit.route import Operation

REF = "#/components/schemas/{model}"
PART = re.compile(r"<(\w+):(\w+)>")

_PART_SCHEMAS = {
    "id": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
}
_HEADERS = {
    "If-Match": "An ETag you have seen; if it is not the present one, nothing is changed (412).",
    "If-None-Match": "An ETag you have; if it is still the present one, 304 without a body.",
    "Last-Event-ID": "The `id` of the last event you have: the stream goes on behind it. What makes no sense is "
    "ignored.",
    "Idempotency-Key": "Your name for this request, 1 to 255 printable ASCII characters without spaces. Sent again "
    "within 24 hours with the same body, it gets the same answer and makes nothing new.",
}


def path_parameters(operation: Operation) -> list[dict[str, Any]]:
    """Write the parts of an operation's path."""
    return [
        {"name": name, "in": "path", "required": True, "schema": _PART_SCHEMAS[kind]}
        for kind, name in PART.findall(operation.rule)
    ]


def query_parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a query model's fields as parameters; the model itself is no component then."""
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
    """Leave out what a query cannot say: null."""
    kept = {name: value for name, value in field.items() if name not in {"anyOf", "title", "default"}}
    for choice in field.get("anyOf", ()):
        if choice != {"type": "null"}:
            kept = {**choice, **kept}
    if field.get("default") not in (None, ""):
        kept["default"] = field["default"]
    return kept


def header_parameters(operation: Operation) -> list[dict[str, Any]]:
    """Write the headers an operation heeds."""
    return [
        {"name": name, "in": "header", "description": _HEADERS[name], "schema": _header_schema(name)}
        for name in operation.request_headers
    ]


def _header_schema(name: str) -> dict[str, Any]:
    if name == "Idempotency-Key":
        return {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"}
    return {"type": "string"}
