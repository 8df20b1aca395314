"""Both kinds of revisions at one address: the body says which, and the headers must not contradict it."""

import base64

import pytest

from tests.mcp.speaking import LATEST, META, OLDER, error, modern, older, result

pytestmark = pytest.mark.one_database("It is answered before any row but the token's is read.")

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
CLIENT = {"capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
SEARCH = {"name": "search", "arguments": {"query": "tarragon"}}


def begin(client, version, **headers):
    return result(older(client, "initialize", {"protocolVersion": version, **CLIENT}, version=None, headers=headers))


def encoded(text):
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


@pytest.mark.parametrize("version", OLDER)
def test_an_older_client_begins_with_initialize_and_gets_its_own_version(client, version):
    begun = begin(client, version)

    assert begun["protocolVersion"] == version
    assert begun["serverInfo"]["name"] == "minutebook"
    assert begun["capabilities"] == {"tools": {}}
    assert "cite" in begun["instructions"]
    assert not begun.keys() & {"resultType", "ttlMs"}


@pytest.mark.parametrize("version", ["2024-11-05", "2019-01-01", "", LATEST, "x" * 5000])
def test_a_client_that_asks_for_an_unknown_version_is_offered_the_newest_of_its_kind(client, version):
    assert begin(client, version)["protocolVersion"] == OLDER[-1]


@pytest.mark.parametrize("version", OLDER)
def test_an_older_client_may_send_the_headers_of_the_newest_revision(client, version):
    headers = {"Mcp-Method": "initialize", "MCP-Protocol-Version": LATEST}

    assert begin(client, version, **headers)["protocolVersion"] == version
    listed = older(client, "tools/list", version=version, headers={"Mcp-Method": "tools/list", "Mcp-Name": "x"})
    assert len(result(listed)["tools"]) == 4


def test_an_older_client_without_the_header_is_understood(client):
    assert result(older(client, "ping", version=None)) == {}


@pytest.mark.parametrize("version", OLDER)
def test_each_version_gets_results_in_its_own_schema(client, version):
    listed = result(older(client, "tools/list", version=version))
    called = result(older(client, "tools/call", SEARCH, version=version))

    assert not listed.keys() & {"resultType", "ttlMs", "cacheScope", "_meta"}
    assert not called.keys() & {"resultType", "_meta"}
    assert called["structuredContent"] == {"results": [], "all_words": True}


def test_the_newest_revision_is_described_by_discover(client):
    found = result(modern(client, "server/discover"))

    assert found["supportedVersions"] == [LATEST, *reversed(OLDER)]
    assert (found["resultType"], found["cacheScope"]) == ("complete", "private")
    assert found["ttlMs"] > 0
    assert found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "minutebook"


def test_every_result_of_the_newest_revision_is_complete_and_says_who_answers(client):
    for method, params in (("server/discover", {}), ("tools/list", {}), ("tools/call", SEARCH)):
        found = result(modern(client, method, params))
        assert found["resultType"] == "complete"
        assert found["_meta"]["io.modelcontextprotocol/serverInfo"]["version"]


@pytest.mark.parametrize(
    "headers",
    [
        {"MCP-Protocol-Version": None},
        {"MCP-Protocol-Version": "2025-11-25"},
        {"MCP-Protocol-Version": ""},
        {"MCP-Protocol-Version": f"{LATEST}, {LATEST}"},
        {"Mcp-Method": None},
        {"Mcp-Method": "tools/list"},
        {"Mcp-Method": "Tools/Call"},
        {"Mcp-Name": None},
        {"Mcp-Name": "keep_turn"},
        {"Mcp-Name": "SEARCH"},
        {"Mcp-Name": "search, search"},
        {"Mcp-Name": encoded("fetch")},
        {"Mcp-Name": "=?base64?!!!?="},
        {"Mcp-Name": "=?base64?/w==?="},
        {"Mcp-Name": "=?base64?c2VhcmNo=?="},
    ],
)
def test_a_header_that_differs_from_the_body_is_refused(client, headers):
    told = error(modern(client, "tools/call", SEARCH, headers=headers), 400, -32020)

    assert next(iter(headers)) in told["message"]


@pytest.mark.parametrize("name", ["search", "  search\t", encoded("search")])
def test_a_header_may_be_encoded_or_have_spaces_around_it(client, name):
    assert result(modern(client, "tools/call", SEARCH, headers={"Mcp-Name": name}))["isError"] is False


@pytest.mark.parametrize("version", ["1900-01-01", "9999-12-31", "x", "2025-11-25"])
def test_a_request_in_a_version_that_is_not_of_its_kind_is_told_those_that_are(client, version):
    params = {"_meta": META | {VERSION: version}}
    told = error(modern(client, "tools/list", params, headers={"MCP-Protocol-Version": version}), 400, -32022)

    assert told["data"] == {"supported": [LATEST, *reversed(OLDER)], "requested": version}


def test_an_older_request_with_an_unknown_header_is_refused(client):
    told = error(older(client, "tools/list", version="2024-01-01"), 400, -32022)
    assert told["data"]["requested"] == "2024-01-01"


@pytest.mark.parametrize("value", [None, 5, [], {}, True])
def test_a_version_that_is_no_text_is_refused(client, value):
    assert modern(client, "tools/list", {"_meta": META | {VERSION: value}}).status_code == 400


@pytest.mark.parametrize("meta", [{}, {CAPABILITIES: {}}, None, [], "x"])
def test_a_request_of_the_newest_revision_needs_its_meta(client, meta):
    error(modern(client, "tools/list", {"_meta": meta}), 400, -32602)


def test_a_request_needs_the_capabilities_of_its_client(client):
    error(modern(client, "tools/list", {"_meta": {VERSION: LATEST}}), 400, -32602)
    error(modern(client, "tools/list", {"_meta": META | {CAPABILITIES: []}}), 400, -32602)


@pytest.mark.parametrize(
    "method",
    ["resources/list", "prompts/list", "logging/setLevel", "completion/complete", "tools/delete", "", "é" * 300],
)
def test_a_method_that_there_is_not_is_refused_in_the_way_of_each_kind(client, method):
    error(
        modern(client, method, headers={"Mcp-Method": method.encode().decode("latin-1")}),
        400 if "é" in method else 404,
        -32020 if "é" in method else -32601,
    )
    error(older(client, method), 200, -32601)


def test_a_method_of_one_kind_is_none_of_the_other(client):
    error(modern(client, "initialize", {"protocolVersion": LATEST, **CLIENT}), 404, -32601)
    error(modern(client, "ping"), 404, -32601)
    error(older(client, "server/discover"), 200, -32601)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH"])
def test_there_is_no_stream_and_no_session_to_end(client, method):
    answer = client.open("/mcp", method=method, headers={"Accept": "text/event-stream"})

    error(answer, 405, -32000, number=None)
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
