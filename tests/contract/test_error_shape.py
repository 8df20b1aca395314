"""Every route tells every refusal in its door's one shape: a problem document, OpenAI's error, JSON-RPC's, or a page of ours."""

import re

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat
from tests.support.doors import NOBODY, problem

before_any_row = pytest.mark.one_database("It is refused before any row is read.")


FILL = {
    "session_id": NOBODY,
    "message_id": NOBODY,
    "file_id": NOBODY,
    "text_id": NOBODY,
    "tag_id": NOBODY,
    "idx": "0",
    "name": "nothing.css",
    "filename": "nothing.css",
    "model": NOBODY,
    "secret": "nothing",
    "sign_in_id": NOBODY,
    "token_id": NOBODY,
    "account_id": NOBODY,
    "invitation_id": NOBODY,
    "connection_id": NOBODY,
    "replacement_id": NOBODY,
    "import_id": NOBODY,
    "turn_id": NOBODY,
    "response_id": "resp_nothing",
}
ANSWERS_WITHOUT_A_SESSION = {"/", "/sessions", "/sessions/archived", "/search", "/theme", "/chat"}
#: What an operation is sent that reads its body before it looks for the session.
BODIES = {
    "/turns": {"user": {"content": "a"}, "assistant": {"content": "b"}},
    "/edits": {"idx": 0, "content": "a"},
    "/forks": {"idx": 0},
    "/connections/<id:connection_id>": {"name": "a"},
    "/models": {"model": "a"},
    "/settings": {"instructions": "a"},
    "/tags/<id:tag_id>": {"name": "a"},
}
#: What htmx listens to tells what is gone in an event: an error would make it try again. Who stops a reply, or takes a
#: question back, whose chat went with it by a first click, finds the page for a new one.
TELLS_OTHERWISE = {
    "/sessions/<id:session_id>/live",
    "/sessions/<id:session_id>/live/stop",
    "/sessions/<id:session_id>/live/take-back",
    "/sessions/<id:session_id>/live/keep",
}
#: Here the page that says so holds what was typed.
KEEPS_THE_TEXT = {"/sessions/<id:session_id>/edits"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(app):
    """Return (address with nobody's id, methods) of every rule."""
    found = {}
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: FILL[part[1]], rule.rule)
        found.setdefault((rule.rule, address), set()).update(rule.methods)
    return [(rule, address, methods) for (rule, address), methods in sorted(found.items())]


def told(answer, status):
    """Check that a refusal has the shape of its door."""
    if answer.request.path.startswith("/api/"):
        problem(answer, status)
        return
    if answer.request.path.startswith("/v1/"):
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        assert answer.json.keys() == {"error"}
        assert answer.json["error"].keys() == {"message", "type", "param", "code"}
        assert answer.json["error"]["message"].strip()
        return
    if answer.request.path.startswith("/mcp"):
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        assert answer.json.keys() == {"jsonrpc", "id", "error"}
        assert answer.json["error"].keys() == {"code", "message", "data"}
        assert answer.json["error"]["message"].strip()
        return
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert answer.text.startswith("<!doctype html>")
    assert "Minutebook</title>" in answer.text
    assert f'<p class="status">{status}</p>' in answer.text
    assert 'href="/sessions"' in answer.text
    assert "Traceback" not in answer.text


def test_an_id_that_nobody_has_is_a_404_everywhere(app, client):
    for rule, address, methods in routes(app):
        if "<" not in rule or rule in TELLS_OTHERWISE:
            continue
        for method in methods - {"HEAD", "OPTIONS"}:
            body = {"json": {}} if rule.endswith(("<id:session_id>", "<id:tag_id>")) and method == "PATCH" else {}
            for ending, fitting in BODIES.items():
                if rule.startswith("/api/") and rule.endswith(ending):
                    body = {"json": fitting}
            if not rule.startswith("/api/"):
                body = {"data": {"idx": "0", "content": "typed words", "api_key": "", "address": "http://127.0.0.1:9"}}
            answer = client.open(address, method=method, **body)
            if rule in KEEPS_THE_TEXT:
                assert (answer.status_code, "typed words" in answer.text) == (404, True)
            else:
                told(answer, 404)


@before_any_row
def test_an_id_that_is_none_is_a_404_everywhere(app, client):
    for rule, address, methods in routes(app):
        if NOBODY in address:
            for bad in ("x", "0", "%00", "%F0%9F%94%91", "..%2f..", NOBODY + "0", "a" * 3000):
                told(client.open(address.replace(NOBODY, bad), method=min(methods - {"HEAD", "OPTIONS"})), 404)
                assert rule


@before_any_row
def test_a_method_that_an_address_does_not_have_is_a_405_everywhere(app, client):
    for _, address, methods in routes(app):
        for method in set(METHODS) - methods - allowed_elsewhere(app, address):
            answer = client.open(address, method=method)
            told(answer, 405)
            assert answer.headers["Allow"]


def allowed_elsewhere(app, address):
    """Return the methods of other rules with the same address."""
    return set(app.url_map.bind("localhost").allowed_methods(address))


@before_any_row
@pytest.mark.parametrize(
    "address", ["/nothing", "/api", "/api/", "/api/v1", "/api/v1/nothing", "/sessions/", "/static/", "/assets/"]
)
def test_an_address_that_is_none_is_a_404(client, address):
    told(client.get(address), 404)


@before_any_row
def test_a_cursor_that_was_made_up_is_a_400_everywhere(client):
    for address in (
        "/api/v1/sessions?cursor=x",
        "/api/v1/search?q=a&cursor=x",
        "/sessions?cursor=x",
        "/sessions/archived?page=x",
        "/search?q=a&page=x",
    ):
        told(client.get(address), 400)


@pytest.mark.parametrize(
    "query",
    [
        "%00",
        "%ff%fe",
        "%ed%a0%80",
        "&&==&",
        "a=" + "b" * 3000,
        "[]=1",
        "q=%00&cursor=%00&before=%00&after=-1&around=1e3&page=&under=%00&current=%00&day=%00&undo=%00",
    ],
)
def test_no_query_is_a_failure_anywhere(app, client, query):
    with app.app_context():
        session = chat(ALICE, "Hello")
    for rule, address, methods in routes(app):
        if "GET" in methods:
            answer = client.get(f"{address.replace(NOBODY, session.id)}?{query}")
            assert answer.status_code < 500, rule
            if answer.status_code >= 400:
                told(answer, answer.status_code)


@before_any_row
def test_a_mistake_of_ours_says_nothing_of_itself(app, client, monkeypatch):
    def break_down(*_args, **_options):
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("webapp.web.sidebar.list_sessions", break_down)
    monkeypatch.setattr("webapp.api.sessions.list_sessions", break_down)
    for address in ("/sessions", "/api/v1/sessions"):
        answer = client.get(address)
        told(answer, 500)
        assert "secret" not in answer.text
