"""Pages of configured origins may call the doors for programs, and see why they are refused."""

import re

import pytest

from tests.support.accounts import COOKIE, SECRET, client_of
from tests.support.doors import NOBODY, script
from webapp.http.audience import Audience
from webapp.http.cors import _EXPOSED
from webapp.http.doors import audience_of

pytestmark = pytest.mark.one_database("Headers do not depend on the database.")

ORIGIN = "https://chat.example.org"
ASKS = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
}
FROM = {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
BODY = {"model": "scripted", "messages": [{"role": "user", "content": "Hello"}]}
COMPLETIONS = "/v1/chat/completions"


@pytest.fixture
def open_app(make_app):
    app = make_app(cors_origins=(ORIGIN, "app://obsidian.md"))
    script(app)
    return app


def allowed(response):
    return response.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("path", [COMPLETIONS, "/v1/models", "/api/v1/sessions", "/api/v1/chat", "/v1/nothing"])
def test_a_preflight_is_answered_without_a_token(open_app, path):
    response = open_app.test_client().options(path, headers=ASKS)
    assert (response.status_code, response.data) == (204, b"")
    assert allowed(response) == ORIGIN
    assert response.headers["Access-Control-Allow-Headers"] == "authorization,content-type,x-stainless-lang"
    methods = response.headers["Access-Control-Allow-Methods"].split(", ")
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(methods)
    assert int(response.headers["Access-Control-Max-Age"]) > 0
    assert "Origin" in response.headers["Vary"]


def test_a_page_of_a_configured_origin_may_write_and_read(open_app):
    client = open_app.test_client()
    for response, status in (
        (client.post(COMPLETIONS, json=BODY, headers=FROM), 200),
        (client.post(COMPLETIONS, json=BODY | {"stream": True}, headers=FROM), 200),
        (client.post("/api/v1/sessions", json={}, headers=FROM), 201),
        (client.get("/api/v1/sessions", headers=FROM), 200),
    ):
        assert response.status_code == status
        assert allowed(response) == ORIGIN
        assert "Origin" in response.headers["Vary"]
        exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"Location", "ETag", "Retry-After", "X-Request-ID", "X-Minutebook-Session"} <= set(exposed)
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert len(response.headers.getlist("Cross-Origin-Resource-Policy")) == 1


def test_errors_are_readable_too(make_app):
    app = make_app(cors_origins=(ORIGIN,), writes_a_minute=3, max_body_bytes=2_000, max_content_chars=10)
    script(app)
    client, stranger = app.test_client(), client_of(app)
    answers = [
        stranger.post(COMPLETIONS, json=BODY, headers=FROM),
        client.post(COMPLETIONS, json={"messages": []}, headers=FROM),
        client.get(f"/api/v1/sessions/{NOBODY}", headers=FROM),
        client.get("/v1/nothing", headers=FROM),
        client.delete(COMPLETIONS, headers=FROM),
        client.post("/api/v1/chat", data=b"x" * 30_000, content_type="application/json", headers=FROM),
        *(client.post("/api/v1/sessions", json={}, headers=FROM) for _ in range(4)),
    ]
    assert {401, 400, 404, 405, 413, 429} <= {answer.status_code for answer in answers}
    assert {allowed(answer) for answer in answers} == {ORIGIN}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://chat.example.org", f"{ORIGIN}:8443", f"{ORIGIN}.evil.example", "null", ""])  # fmt: skip
def test_other_origins_stay_refused(open_app, origin):
    client = open_app.test_client()
    assert client.post(COMPLETIONS, json=BODY, headers=FROM | {"Origin": origin}).status_code == 403
    for response in (
        client.options(COMPLETIONS, headers=ASKS | {"Origin": origin}),
        client.get("/v1/models", headers=FROM | {"Origin": origin}),
        client.post(COMPLETIONS, json=BODY, headers=FROM | {"Origin": origin}),
    ):
        assert allowed(response) is None
        assert "Origin" in response.headers["Vary"]


def test_any_origin_may_be_allowed(make_app):
    app = make_app(cors_origins=("*",))
    script(app)
    for origin in ("https://anything.example", "null", "chrome-extension://abc"):
        response = app.test_client().post(COMPLETIONS, json=BODY, headers=FROM | {"Origin": origin})
        assert (response.status_code, allowed(response)) == (200, "*")
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_an_app_with_a_scheme_of_its_own_is_an_origin(open_app):
    assert (
        allowed(open_app.test_client().get("/v1/models", headers={"Origin": "app://obsidian.md"}))
        == "app://obsidian.md"
    )


def test_where_nothing_is_configured_all_is_as_it_was(app, client):
    script(app)
    assert client.options(COMPLETIONS, headers=ASKS).status_code == 200
    for response in (client.get("/v1/models", headers=FROM), client.post(COMPLETIONS, json=BODY, headers=FROM)):
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
        assert "Origin" not in response.headers.get("Vary", "")
    assert response.status_code == 403


@pytest.mark.parametrize("origins", [(ORIGIN,), ("*",)], ids=["one", "any"])
def test_pages_for_people_stay_closed(make_app, origins):
    app = make_app(cors_origins=origins)
    person = client_of(app, secret=SECRET)
    for method, path in (
        ("POST", "/chat"),
        ("POST", "/theme"),
        ("GET", "/"),
        ("GET", "/account"),
        ("OPTIONS", "/chat"),
    ):
        response = person.open(path, method=method, headers=FROM)
        assert allowed(response) is None
        assert method != "POST" or response.status_code == 403
    assert allowed(person.options("/chat", headers=ASKS)) is None


def test_a_cookie_opens_none_of_these_doors(make_app):
    """What is allowed across origins takes no cookie, so a page elsewhere has only the tokens that it was given."""
    app = make_app(cors_origins=("*",))
    alice = client_of(app)
    alice.set_cookie(COOKIE, SECRET)
    closed = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/api/", "/v1/")):
            continue
        with app.app_context():
            audience = audience_of(app, rule.endpoint)
        assert audience in {Audience.TOKEN, Audience.ANYBODY}
        if audience is Audience.TOKEN:
            path = re.sub(r"<[^>]*>", NOBODY, rule.rule.replace("<int:idx>", "0"))
            answers = [alice.open(path, method=method, headers=FROM) for method in rule.methods - {"OPTIONS"}]
            closed += [answer.status_code for answer in answers]
    assert len(closed) > 20
    assert set(closed) == {401}


def test_what_is_exposed_is_what_is_sent(open_app):
    names = {name.lower() for name in _EXPOSED.split(", ")}
    response = open_app.test_client().post(COMPLETIONS, json=BODY, headers=FROM)
    own = {name.lower() for name, _ in response.headers if name.lower().startswith("x-")}
    assert own - {"x-content-type-options", "x-frame-options", "x-accel-buffering"} <= names


@pytest.mark.parametrize("asked", ["", "a b", "a\x00", "*;evil", "a,,b"])
def test_a_list_of_headers_that_is_none_is_not_repeated(open_app, asked):
    headers = ASKS | {"Access-Control-Request-Headers": asked}
    response = open_app.test_client().options(COMPLETIONS, headers=headers)
    assert response.status_code == 204
    assert "Access-Control-Allow-Headers" not in response.headers
