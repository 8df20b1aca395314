"""Whatever is sent, on either database: an answer in the one form, and never a failure of ours."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mcp.speaking import LATEST, META, modern, older
from tests.support.cast import chat

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "\0",
            "a\0b",
            '"',
            "*",
            "%",
            "_",
            "\\",
            "C++",
            "AND",
            "NEAR(",
            "-",
            "''",
            "\U0001f511",
            "é",
            "2025-03",
            "a" * 500,
            "",
        ]
    ),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
pytestmark = pytest.mark.slow

NAMES = ["query", "after", "before", "tag", "role", "order", "limit", "cursor", "id", "from_message", "title"]
NAMES += ["include_archived", "question", "answer", "chat_id", "model", "key"]
ARGUMENTS = {
    "search": {
        "query": texts,
        "after": texts,
        "before": texts,
        "tag": texts,
        "cursor": texts,
        "limit": st.integers(1, 50),
    },
    "fetch": {"id": texts, "from_message": st.integers()},
    "list_chats": {"title": texts, "cursor": texts, "include_archived": st.booleans()},
    "keep_turn": {"question": texts, "answer": texts, "title": texts, "chat_id": texts, "model": texts, "key": texts},
}
METHODS = ["initialize", "ping", "server/discover", "tools/list", "tools/call", "resources/read", "nothing", ""]

many = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def client(client, user):
    chat(user, ("What is tarragon?", "A herb."))
    return client


def is_fine(answer):
    assert answer.status_code < 500, answer.text
    if answer.status_code != 202:
        assert answer.mimetype == "application/json"
        assert answer.json["jsonrpc"] == "2.0"
        assert ("result" in answer.json) is not ("error" in answer.json)


@many
@given(body=values)
def test_any_json_is_answered(client, body):
    is_fine(client.post("/mcp", json=body))


@many
@given(raw=st.binary(max_size=100))
def test_any_bytes_are_answered(client, raw):
    is_fine(client.post("/mcp", data=raw, headers={"Content-Type": "application/json"}))


@many
@given(
    method=st.sampled_from(METHODS),
    params=st.dictionaries(
        st.sampled_from(["name", "arguments", "cursor", "_meta", "uri"]) | texts, values, max_size=4
    ),
)
def test_any_parameters_are_answered(client, method, params):
    is_fine(older(client, method, params))
    is_fine(modern(client, method, {**params, "_meta": META}, headers={"Mcp-Name": None}))


@many
@given(data=st.data(), tool=st.sampled_from(sorted(ARGUMENTS)))
def test_any_arguments_of_the_right_kind_are_answered(client, data, tool):
    known = {name: data.draw(strategy) for name, strategy in ARGUMENTS[tool].items() if data.draw(st.booleans())}
    is_fine(older(client, "tools/call", {"name": tool, "arguments": known}))


@many
@given(
    tool=st.sampled_from(sorted(ARGUMENTS)),
    arguments=st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=5),
)
def test_any_arguments_are_answered(client, tool, arguments):
    is_fine(older(client, "tools/call", {"name": tool, "arguments": arguments}))


@many
@given(
    version=st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    method=st.text(st.characters(min_codepoint=32, max_codepoint=126)),
)
def test_any_headers_are_answered(client, version, method):
    is_fine(modern(client, "tools/list", headers={"MCP-Protocol-Version": version, "Mcp-Method": method}))
    is_fine(modern(client, "tools/list", {"_meta": META | {"io.modelcontextprotocol/protocolVersion": version}}))
    is_fine(older(client, "tools/list", version=version, headers={"Mcp-Method": LATEST}))
