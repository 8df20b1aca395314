"""A whole sign-in by the official MCP client, run by the Python of its own environment: prints what it saw as JSON.

Arguments: the address of MCP, the browser's cookie, and `read` or `write`: whether the user ticks the box.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

CALLBACK = "http://127.0.0.1:9/callback"


class Storage:
    """Keeps tokens in memory."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Person:
    """Presses the button in a browser that is signed in."""

    def __init__(self, cookie: str, *, may_write: bool) -> None:
        self.browser = httpx2.AsyncClient(headers={"Cookie": f"minutebook={cookie}"})
        self.may_write = may_write
        self.back: dict[str, list[str]] = {}
        self.asked: list[str] = []

    async def redirect(self, address: str) -> None:
        page = await self.browser.get(address)
        assert page.status_code == 200, page.text
        self.asked.append(html.unescape(re.search(r"<h1>(.*?)</h1>", page.text)[1]))
        named = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
        fields = {name: html.unescape(value) for name, value in named} | {"answer": "allow"}
        if self.may_write:
            fields["may_write"] = "yes"
        where = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}{urlsplit(address).path}"
        answer = await self.browser.post(where, data=fields)
        assert answer.status_code == 303, answer.text
        self.back = parse_qs(urlsplit(answer.headers["Location"]).query)

    async def callback(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**{name: self.back[name][0] for name in ("code", "state", "iss")})


async def visit(address: str, cookie: str, right: str) -> dict[str, object]:
    storage, person = Storage(), Person(cookie, may_write=right == "write")
    metadata = OAuthClientMetadata(client_name="Official client", redirect_uris=[CALLBACK])

    auth = OAuthClientProvider(address, metadata, storage, person.redirect, person.callback)
    async with (
        httpx2.AsyncClient(auth=auth, timeout=30) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        seen: dict[str, object] = {"tools": [tool.name for tool in (await client.list_tools()).tools]}
        first = storage.tokens
        # As after an hour: the client refreshes by itself, without its user.
        auth.context.token_expiry_time = 1
        seen["found"] = (await client.call_tool("search", {"query": "rue"})).is_error
    seen |= {"scope": storage.tokens.scope, "asked": person.asked}
    seen["is_refreshed"] = storage.tokens.refresh_token != first.refresh_token
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(visit(*sys.argv[1:]))))
