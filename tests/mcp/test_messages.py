"""One message in a body: what is none is refused with the codes of JSON-RPC, and nothing is ever a 500."""

import json

import pytest

from tests.mcp.speaking import JSON, LATEST, META, error, modern, older, result

pytestmark = pytest.mark.one_database("A body is refused before any row but the token's is read.")

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def send(client, raw, **headers):
    raw = raw if isinstance(raw, bytes) else raw.encode()
    return client.post("/mcp", data=raw, headers={"Content-Type": JSON, **headers})


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "{",
        "nothing",
        '{"jsonrpc": "2.0", "id": 1, "method": "ping",}',
        "{'jsonrpc': '2.0'}",
        '{"jsonrpc": "2.0", "id": NaN, "method": "ping"}',
        '{"jsonrpc": "2.0", "id": 1, "method": "\ud83d"}'.encode("utf-8", "surrogatepass"),
        '{"jsonrpc": "2.0", "id": 1, "method": "\\ud83d"}',
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        '{"jsonrpc": "2.0", "id": 1, "method": "ping"}{}',
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"jsonrpc": "2.0", "id": ' + "9" * 5_000 + ', "method": "ping"}',
    ],
)
def test_what_is_no_json_is_a_parse_error_or_an_invalid_request(client, raw):
    answer = send(client, raw)

    assert answer.json["error"]["code"] in {-32700, -32600}
    error(answer, 400, answer.json["error"]["code"], number=None)


@pytest.mark.parametrize(
    "body",
    [
        [],
        [PING],
        [PING, PING],
        "ping",
        5,
        None,
        True,
        {},
        {"id": 1, "method": "ping"},
        PING | {"jsonrpc": "1.0"},
        PING | {"jsonrpc": 2.0},
        PING | {"id": None},
        PING | {"id": 1.5},
        PING | {"id": True},
        PING | {"id": []},
        PING | {"id": {}},
        PING | {"id": "x" * 1_001},
        PING | {"method": None},
        PING | {"method": 5},
        PING | {"params": []},
        PING | {"params": "x"},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}},
        {"jsonrpc": "2.0", "method": 5},
    ],
)
def test_what_is_no_message_is_an_invalid_request(client, body):
    error(send(client, json.dumps(body)), 400, -32600, number=None)


def test_a_field_that_is_there_twice_is_refused(client):
    """A proxy may route by the one, and the server act on the other."""
    raw = '{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"name": "a", "name": "b"}}'
    error(send(client, raw), 400, -32600, number=None)


def test_a_body_of_very_many_values_is_refused_before_it_is_parsed(client):
    raw = json.dumps(PING | {"params": {"a": [0] * 20_000}})
    assert "10,000 values" in error(send(client, raw), 400, -32600, number=None)["message"]


def test_a_body_that_is_too_large_is_a_413(client):
    error(send(client, b" " * 20_000_000), 413, -32600, number=None)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data; boundary=x"]
)
def test_a_body_of_another_type_is_a_415(client, kind):
    answer = client.post("/mcp", data=json.dumps(PING), headers={"Content-Type": kind})
    error(answer, 415, -32600, number=None)


@pytest.mark.parametrize(
    "accept", [JSON, f"{JSON}, text/event-stream", "*/*", "text/event-stream, application/*;q=0.1"]
)
def test_a_client_that_takes_json_gets_it(client, accept):
    assert result(send(client, json.dumps(PING), Accept=accept)) == {}


def test_a_client_that_takes_no_json_is_told_so(client):
    error(send(client, json.dumps(PING), Accept="text/event-stream"), 406, -32600, number=None)


@pytest.mark.parametrize("number", [0, -1, 2**53, "", "a", "é", "x" * 1_000])
def test_an_answer_has_the_id_of_its_request(client, number):
    for answer in (older(client, "ping", number=number), older(client, "nothing", number=number)):
        assert answer.json["id"] == number


@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled", "notifications/nothing"])
def test_a_notification_is_taken_and_not_answered(client, method):
    for params, version in (({"requestId": 1}, "2025-06-18"), ({"_meta": META}, LATEST)):
        body = {"jsonrpc": "2.0", "method": method, "params": params}
        answer = client.post("/mcp", json=body, headers={"MCP-Protocol-Version": version})
        assert (answer.status_code, answer.data) == (202, b"")


def test_a_notification_in_an_unknown_version_is_refused(client):
    body = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    answer = client.post("/mcp", json=body, headers={"MCP-Protocol-Version": "1999-01-01"})
    error(answer, 400, -32022, number=None)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"name": None},
        {"name": 5},
        {"name": []},
        {"name": "search", "arguments": []},
        {"name": "search", "arguments": "x"},
        {"name": "nothing"},
        {"name": ""},
        {"name": "x" * 5_000},
    ],
)
def test_a_call_of_no_tool_is_an_invalid_parameter(client, params):
    error(older(client, "tools/call", params), 200, -32602)
    named = {"Mcp-Name": params.get("name") if isinstance(params.get("name"), str) else None}
    answer = modern(client, "tools/call", params, headers=named)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] in {-32602, -32020}


def test_there_is_one_page_of_tools(client):
    error(modern(client, "tools/list", {"cursor": "x"}), 400, -32602)


def test_a_failure_of_ours_says_nothing_of_itself(client, monkeypatch):
    def break_down(*_args, **_options):
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("webapp.mcp.tools.list_chats.list_sessions", break_down)
    told = error(modern(client, "tools/call", {"name": "list_chats"}), 500, -32603)
    assert "secret" not in json.dumps(told)
