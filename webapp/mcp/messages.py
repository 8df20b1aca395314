"""The message in the body of a request: one JSON-RPC request or notification."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import g, request
from mcp_types import JSONRPCNotification, JSONRPCRequest
from pydantic import ValidationError
from pydantic_core import from_json
from werkzeug.exceptions import NotAcceptable

from webapp.http.json_body import JSON, read_bytes, refuse_repeated_names
from webapp.http.json_size import has_more_values
from webapp.mcp.errors import INVALID_REQUEST, PARSE_ERROR, ProtocolError

#: Values of a message. The longest argument lists have a few dozen.
_MAX_VALUES = 10_000
#: Characters of an id, which the answer repeats.
_LONGEST_ID = 1_000


class Message(NamedTuple):
    """A request, or a notification if its id is None."""

    id: int | str | None
    method: str
    params: dict[str, Any]

    @property
    def meta(self) -> dict[str, Any]:
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}


def read_message() -> Message:
    """Return the message, and remember its id for errors.

    Raises ProtocolError, UnsupportedMediaType, and NotAcceptable for a client that takes no JSON.
    """
    if request.accept_mimetypes and not request.accept_mimetypes[JSON]:
        raise NotAcceptable(f"The response is {JSON}, which the request's Accept header does not allow.")
    body = _decode(read_bytes())
    if not isinstance(body, dict):
        raise ProtocolError(INVALID_REQUEST, "Send one JSON-RPC message as a JSON object. Batches are not supported.")
    try:
        if "id" not in body:
            notification = JSONRPCNotification.model_validate(body)
            return Message(None, notification.method, notification.params or {})
        message = JSONRPCRequest.model_validate(body)
    except ValidationError:
        raise ProtocolError(
            INVALID_REQUEST,
            "The body is not a JSON-RPC 2.0 request or notification: it needs “jsonrpc”, “method”, and for a request "
            "an “id” that is a text or a whole number.",
        ) from None
    if isinstance(message.id, str) and len(message.id) > _LONGEST_ID:
        raise ProtocolError(INVALID_REQUEST, f"The id of the request has more than {_LONGEST_ID:,} characters.")
    g.rpc_id = message.id
    return Message(message.id, message.method, message.params or {})


def _decode(raw: bytes) -> Any:
    if has_more_values(raw, _MAX_VALUES):
        raise ProtocolError(INVALID_REQUEST, f"The body has more than {_MAX_VALUES:,} values.")
    try:
        body = from_json(raw, allow_inf_nan=False)
        # A proxy may route by the first of two, and this server would act on the second.
        refuse_repeated_names(raw)
    except ValueError:
        raise ProtocolError(PARSE_ERROR, "The body is not valid JSON.") from None
    return body
