"""One exchange: a message in, its result or its error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, g
from mcp_types import SERVER_INFO_META_KEY
from mcp_types.methods import parse_client_request, serialize_server_result
from pydantic import ValidationError
from pydantic_core import to_json

from webapp.http.authentication import current_user
from webapp.http.json_body import JSON, details_of
from webapp.mcp.errors import INVALID_PARAMS, METHOD_NOT_FOUND, ProtocolError, error_response
from webapp.mcp.messages import read_message
from webapp.mcp.methods import METHODS
from webapp.mcp.server_info import server_info
from webapp.mcp.versions import LATEST, version_of

if TYPE_CHECKING:
    from mcp_types import Request

    from webapp.mcp.messages import Message


def answer_message() -> Response:
    try:
        message = read_message()
        version = version_of(message)
    except ProtocolError as error:
        return error_response(error)
    if message.id is None:
        # None of them asks for anything: requests end with their responses, and there is no state to change.
        return Response(status=202)
    try:
        result = _result_of(message, version)
    except ProtocolError as error:
        return error_response(error, is_plain=version != LATEST)
    return Response(to_json({"jsonrpc": "2.0", "id": g.rpc_id, "result": result}), content_type=JSON)


def _result_of(message: Message, version: str) -> dict[str, Any]:
    """Return the result in the schema of the version. Raises ProtocolError, and what tools raise."""
    typed = _checked(message, version)
    result = METHODS[message.method](current_user(), typed.params)
    dumped = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    if version == LATEST:
        dumped["_meta"] = {**dumped.get("_meta", {}), SERVER_INFO_META_KEY: server_info()}
    return serialize_server_result(message.method, version, dumped)


def _checked(message: Message, version: str) -> Request[Any, Any]:
    if message.method not in METHODS:
        raise _no_method(message.method)
    try:
        return parse_client_request(message.method, version, message.params or None)
    except KeyError:
        raise _no_method(message.method) from None
    except ValidationError as error:
        detail = details_of(error)[0]
        place = ".".join(map(str, detail["loc"])) or "params"
        raise ProtocolError(INVALID_PARAMS, f"{place}: {detail['msg']}.") from None


def _no_method(method: str) -> ProtocolError:
    return ProtocolError(METHOD_NOT_FOUND, f"This server has no method “{method[:100]}” in this version.")
