"""How assistants are connected: the commands and files of their programs, with the address of this server."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from webapp.http.absolute_links import mcp_address

#: What stands for a token that exists but is not shown again.
_SOME_TOKEN = "mb_…"  # noqa: S105 - it is none


class Recipe(NamedTuple):
    """How one program is connected: where the text goes, and the text."""

    program: str
    place: str
    text: str


def recipes(secret: str) -> list[Recipe]:
    """Return how each program is connected, with the token that is shown now, if `secret` is one."""
    address, token = mcp_address(), secret or _SOME_TOKEN
    headers = {"Authorization": f"Bearer {token}"}
    return [
        Recipe(
            "Claude Code",
            "In a terminal",
            f"claude mcp add --transport http --scope user minutebook {address} "
            f'--header "Authorization: Bearer {token}"',
        ),
        Recipe(
            "Codex",
            "In a terminal, and the first line in your shell's profile",
            f"export MINUTEBOOK_TOKEN={token}\n"
            f"codex mcp add minutebook --url {address} --bearer-token-env-var MINUTEBOOK_TOKEN",
        ),
        Recipe(
            "Cursor and LM Studio",
            "In mcp.json",
            _file({"mcpServers": {"minutebook": {"url": address, "headers": headers}}}),
        ),
        Recipe(
            "VS Code",
            "In .vscode/mcp.json, or in that of your profile",
            _file({"servers": {"minutebook": {"type": "http", "url": address, "headers": headers}}}),
        ),
        Recipe(
            "Open WebUI", "In Admin Settings, External Tools: the type MCP (Streamable HTTP), and this URL", address
        ),
    ]


def _file(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)
