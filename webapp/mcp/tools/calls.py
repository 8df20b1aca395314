"""Calls of tools: arguments checked, errors told to the model, results in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_types import CallToolResult, TextContent
from pydantic import ValidationError
from pydantic_core import to_json

from webapp.errors import AppError, Forbidden
from webapp.http.challenges import read_only_token
from webapp.http.json_body import details_of

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from webapp.mcp.tools.kit import Tool
    from webapp.services.users import CurrentUser

_MOST_PROBLEMS = 5


def call_tool(tool: Tool, user: CurrentUser, arguments: dict[str, Any]) -> CallToolResult:
    """Return the result: exactly one text, which is the JSON of the structured content.

    What the model can correct is a result with `isError`. Raises ReadOnly, and what the server cannot do now.
    """
    if tool.writes and not user.may_write:
        raise read_only_token()
    try:
        outcome = tool.call(user, tool.arguments.model_validate(arguments))
    except ValidationError as error:
        return _refused(" ".join(map(_sentence, details_of(error)[:_MOST_PROBLEMS])))
    except AppError as error:
        if error.status >= 500 or isinstance(error, Forbidden):
            raise
        named = f"{error.problems[0].pointer}: " if error.problems else ""
        return _refused(named + error.detail)
    data = outcome.model_dump(mode="json", exclude_none=True)
    return CallToolResult(content=[TextContent(text=to_json(data).decode())], structured_content=data)


def _refused(sentence: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=sentence)], is_error=True)


def _sentence(detail: ErrorDetails) -> str:
    place = ".".join(map(str, detail["loc"])) or "The arguments"
    if detail["type"] == "extra_forbidden":
        return f"{place}: this tool has no such argument."
    if detail["type"] == "missing":
        return f"{place}: this argument is required."
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}."
