"""The methods of the protocol that this server has. Each takes the user and its checked parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_types import DiscoverResult, EmptyResult, InitializeResult, ListToolsResult

from webapp.mcp.errors import INVALID_PARAMS, ProtocolError
from webapp.mcp.server_info import CAPABILITIES, INSTRUCTIONS, implementation
from webapp.mcp.tools import TOOLS, tools_of
from webapp.mcp.tools.calls import call_tool
from webapp.mcp.versions import SUPPORTED, negotiate

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_types import (
        CallToolRequestParams,
        CallToolResult,
        InitializeRequestParams,
        PaginatedRequestParams,
        Result,
    )

    from webapp.services.users import CurrentUser

#: Milliseconds that a client may keep what changes only with an upgrade or another token.
_KEPT = 300_000


def _initialize(_user: CurrentUser, params: InitializeRequestParams) -> InitializeResult:
    return InitializeResult(
        protocol_version=negotiate(params.protocol_version),
        capabilities=CAPABILITIES,
        server_info=implementation(),
        instructions=INSTRUCTIONS,
    )


def _ping(_user: CurrentUser, _params: Any) -> EmptyResult:
    return EmptyResult()


def _discover(_user: CurrentUser, _params: Any) -> DiscoverResult:
    return DiscoverResult(
        supported_versions=list(SUPPORTED), capabilities=CAPABILITIES, instructions=INSTRUCTIONS, ttl_ms=_KEPT
    )


def _list_tools(user: CurrentUser, params: PaginatedRequestParams | None) -> ListToolsResult:
    if params is not None and params.cursor is not None:
        raise ProtocolError(INVALID_PARAMS, "There is only one page of tools. Leave the cursor out.")
    return ListToolsResult(tools=[tool.described() for tool in tools_of(user)], ttl_ms=_KEPT)


def _call_tool(user: CurrentUser, params: CallToolRequestParams) -> CallToolResult:
    tool = TOOLS.get(params.name)
    if tool is None:
        raise ProtocolError(INVALID_PARAMS, f"There is no tool “{params.name[:100]}”. Ask for tools/list.")
    return call_tool(tool, user, params.arguments or {})


METHODS: dict[str, Callable[[CurrentUser, Any], Result]] = {
    "initialize": _initialize,
    "ping": _ping,
    "server/discover": _discover,
    "tools/list": _list_tools,
    "tools/call": _call_tool,
}
