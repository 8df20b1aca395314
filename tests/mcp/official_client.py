"""A whole visit by the official Python client, run by the Python of its own environment: prints what it saw as JSON.

Arguments: the address, the token, and how the client connects (`auto`, `legacy`, or a version).
"""

from __future__ import annotations

import asyncio
import json
import sys

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError


async def visit(address: str, token: str, mode: str) -> dict[str, object]:
    seen: dict[str, object] = {}
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http,
        Client(streamable_http_client(address, http_client=http), mode=mode) as client,
    ):

        async def call(tool: str, **arguments: object) -> dict[str, object]:
            answer = await client.call_tool(tool, arguments)
            (content,) = answer.content
            if answer.is_error:
                return {"error": content.text}
            assert json.loads(content.text) == answer.structured_content
            return answer.structured_content

        seen["version"] = client.session.protocol_version
        seen["tools"] = [tool.name for tool in (await client.list_tools()).tools]
        seen["kept"] = kept = await call("keep_turn", question="What is rue?", answer="A bitter *herb*.", key=mode)
        seen["again"] = await call("keep_turn", question="What is rue?", answer="A bitter *herb*.", key=mode)
        seen["found"] = found = await call("search", query="bitter")
        seen["turn"] = await call("fetch", id=found["results"][0]["id"])
        seen["chat"] = await call("fetch", id=kept["id"])
        seen["chats"] = await call("list_chats")
        seen["wrong"] = await call("search", query="a", limit=1_000)
        try:
            await client.call_tool("nothing", {})
        except MCPError as error:
            seen["no_tool"] = error.error.code
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(visit(*sys.argv[1:]))))
