"""The document, and the page made of it."""

import re

import pytest

from tests.support.doors import PROBLEM

pytestmark = pytest.mark.one_database("The document does not depend on the database.")


NOT_OPERATIONS = {"/openapi.json", "/docs"}


@pytest.fixture
def document(client):
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    return answer.json


def routes(app):
    """Return (method, path) of each JSON route, written as the document writes them."""
    found = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))
        if rule.rule.startswith("/api/v1") and path not in NOT_OPERATIONS:
            found |= {(method, path) for method in rule.methods - {"HEAD", "OPTIONS"}}
    return found


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_document_is_valid_openapi_3_1(document):
    # Its import compiles grammars for a second, in each process that collects this module.
    from openapi_spec_validator import validate

    validate(document)
    assert document["openapi"].startswith("3.1.")


def test_every_route_is_in_it_and_nothing_else(app, document):
    assert {(method, path) for method, path, _ in operations(document)} == routes(app)


def test_operations_have_names_of_their_own_and_say_what_they_do(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(operation["summary"].strip() for _, _, operation in operations(document))


def test_every_refusal_is_a_problem_document(document):
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == [PROBLEM], (operation["operationId"], status)


def test_every_link_leads_to_an_operation(document):
    names = {operation["operationId"] for _, _, operation in operations(document)}
    targets = {
        link["operationId"]
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    }
    assert targets
    assert targets <= names


def test_a_stream_is_told_with_the_shapes_of_its_events(document):
    streamed = {}
    for _, _, operation in operations(document):
        stream = operation["responses"].get("200", {}).get("content", {}).get("text/event-stream")
        if stream:
            streamed[operation["operationId"]] = [event["properties"] for event in stream["schema"]["oneOf"]]
    assert set(streamed) == {
        "chat_create",
        "continuations_create",
        "retries_create",
        "edits_create",
        "live_show",
        "temporary_create",
    }
    for events in streamed.values():
        names = [event["event"]["const"] for event in events]
        assert names == ["start", "reasoning", "restart", "delta", "citation", "done", "error"]
        for event in events:
            shape = event["data"]["contentSchema"]["$ref"]
            assert shape.rpartition("/")[2] in document["components"]["schemas"]


def test_the_greatest_length_is_the_one_that_is_set(make_app):
    document = make_app(max_content_chars=77).test_client().get("/api/v1/openapi.json").json
    assert document["components"]["schemas"]["ChatIn"]["properties"]["content"]["maxLength"] == 77
    assert "x-content-limit" not in str(document)


def test_the_page_lists_every_operation_and_every_shape(client, document):
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    for method, path, operation in operations(document):
        assert f'<span class="method">{method}</span> <code>/api/v1{path}</code>' in page.text
        assert operation["summary"] in page.text.replace("&#39;", "'")
    for shape in document["components"]["schemas"]:
        assert f'id="schema-{shape}"' in page.text


def test_the_pages_links_lead_somewhere(client):
    page = client.get("/api/v1/docs").text
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors
