"""The tools of the server. A token that may only read sees those that read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.mcp.tools import fetch, keep_turn, list_chats, search

if TYPE_CHECKING:
    from webapp.mcp.tools.kit import Tool
    from webapp.services.users import CurrentUser

TOOLS: dict[str, Tool] = {tool.name: tool for tool in (search.TOOL, fetch.TOOL, list_chats.TOOL, keep_turn.TOOL)}


def tools_of(user: CurrentUser) -> list[Tool]:
    return [tool for tool in TOOLS.values() if user.may_write or not tool.writes]
