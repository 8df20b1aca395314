"""Words of the protocol: requests of both kinds of revisions, and their answers."""

from __future__ import annotations

import json
from typing import Any

LATEST = "2026-07-28"
OLDER = ("2025-03-26", "2025-06-18", "2025-11-25")
META = {
    "io.modelcontextprotocol/protocolVersion": LATEST,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
}
JSON = "application/json"


def modern(client, method, params=None, *, headers=None, number=1, **more):
    """Send a request of the newest revision. `headers` replace its own; None leaves one out."""
    params = {"_meta": META, **(params or {})}
    own = {"MCP-Protocol-Version": LATEST, "Mcp-Method": method, "Accept": f"{JSON}, text/event-stream"}
    if method == "tools/call":
        own["Mcp-Name"] = params.get("name")
    own = {name: value for name, value in (own | (headers or {})).items() if value is not None}
    body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return client.post("/mcp", json=body, headers=own, **more)


def older(client, method, params=None, *, version=OLDER[-1], number=1, headers=None):
    """Send a request of a revision that begins with `initialize`."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": method}
    if params is not None:
        body["params"] = params
    own = {"MCP-Protocol-Version": version} if version else {}
    return client.post("/mcp", json=body, headers=own | (headers or {}))


def result(answer):
    """Return the result of a request that succeeded."""
    assert (answer.status_code, answer.mimetype) == (200, JSON), answer.text
    assert answer.json.keys() == {"jsonrpc", "id", "result"}, answer.json
    assert answer.json["jsonrpc"] == "2.0"
    return answer.json["result"]


def error(answer, status, code, number=1):
    """Check that a request failed in this way, and return its error."""
    assert (answer.status_code, answer.mimetype) == (status, JSON), answer.text
    assert answer.json.keys() == {"jsonrpc", "id", "error"}, answer.json
    assert (answer.json["jsonrpc"], answer.json["id"]) == ("2.0", number)
    assert answer.json["error"]["code"] == code, answer.json
    assert answer.json["error"]["message"].strip()
    return answer.json["error"]


def call(client, tool, **arguments):
    """Call a tool, and return its structured result, which its one text repeats."""
    found = result(modern(client, "tools/call", {"name": tool, "arguments": arguments}))
    assert not found.get("isError"), found
    assert [each["type"] for each in found["content"]] == ["text"]
    assert json.loads(found["content"][0]["text"]) == found["structuredContent"]
    return found["structuredContent"]


def fault(client, tool, **arguments):
    """Call a tool that cannot do it, and return the sentence that tells the model why."""
    found = result(modern(client, "tools/call", {"name": tool, "arguments": arguments}))
    assert found["isError"] is True, found
    assert "structuredContent" not in found
    return found["content"][0]["text"]
