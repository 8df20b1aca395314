"""What every answer says to the browser: of which kind it may be, it keeps to itself."""

import pytest

from tests.attacks.people import invitation
from tests.support.accounts import ALICE, COOKIE, PASSWORD, SECRET, client_of
from tests.support.cast import chat
from tests.support.doors import NOBODY, script

pytestmark = pytest.mark.one_database("Headers do not depend on the database.")


#: Each kind of answer, by how it is asked for and its status.
ANSWERS = {
    "a redirect": ("GET", "/", {}, 302),
    "a page": ("GET", "/sessions", {}, 200),
    "a fragment": ("GET", "/sessions", {"headers": {"HX-Request-Type": "partial"}}, 200),
    "a refused page": ("GET", f"/sessions/{NOBODY}", {}, 404),
    "a form that is done": ("POST", "/theme", {}, 303),
    "a form from elsewhere": ("POST", "/theme", {"headers": {"Origin": "null"}}, 403),
    "a stream of HTML": ("GET", "/sessions/{chat}/live", {}, 200),
    "a text": ("GET", "/sessions/{chat}/messages/0", {}, 200),
    "JSON": ("GET", "/api/v1/sessions", {}, 200),
    "a problem": ("GET", "/api/v1/nothing", {}, 404),
    "a stream of events": ("POST", "/api/v1/chat", {"json": {"content": "a", "stream": True}}, 200),
    "nothing": ("DELETE", "/api/v1/sessions/{chat}", {}, 204),
    "not signed in": ("GET", "/api/v1/sessions", {"headers": {"Authorization": "Bearer x"}}, 401),
    "a completion's stream": (
        "POST",
        "/v1/chat/completions",
        {"json": {"messages": [{"role": "user", "content": "a"}], "stream": True}},
        200,
    ),
    "OpenAI's error": ("GET", "/v1/models/nothing", {}, 404),
    "a picture": ("GET", "/static/icon.svg", {}, 200),
    "a script": ("GET", "/assets/minutebook.js", {}, 200),
    "a method that is none": ("GET", "/chat", {}, 405),
    "a host that is none": ("GET", "/sessions", {"headers": {"Host": "evil.example"}}, 400),
    "a mistake of ours": ("GET", "/search?q=a", {}, 500),
}


@pytest.fixture
def session(app):
    with app.app_context():
        return chat(ALICE, "Hello").id


def answer_of(client, session, name, monkeypatch, **more):
    def break_down(*_args, **_options):
        raise RuntimeError("a secret of the house")

    script(client.application)
    if name == "a mistake of ours":
        monkeypatch.setattr("webapp.web.search.look", break_down)
    method, address, how, status = ANSWERS[name]
    with client.open(address.format(chat=session), **{"method": method, **how, **more}) as answer:
        answer.get_data()
    assert answer.status_code == status, answer.text
    return answer


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_keeps_to_itself(client, session, name, monkeypatch):
    headers = answer_of(client, session, name, monkeypatch).headers
    policy = dict(rule.partition(" ")[::2] for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert not {"unsafe", "*", "http:", "https:", "blob:"} & set(
        headers["Content-Security-Policy"].replace("-", " ").split()
    )
    assert {field: headers.getlist(field) for field in EXPECTED} == {
        field: [value] for field, value in EXPECTED.items()
    }
    assert len(headers.getlist("Content-Security-Policy")) == len(headers.getlist("Cache-Control")) == 1
    assert not {"Server", "X-Powered-By", "Via", "Strict-Transport-Security"} & set(headers.keys())
    assert "Minutebook/" not in str(headers)
    assert "Werkzeug" not in str(headers)
    assert "Set-Cookie" not in headers or name == "a form that is done"


EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Origin-Agent-Cluster": "?1",
}


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in {"a picture", "a script"}])
def test_what_is_alices_is_stored_by_nobody(client, session, name, monkeypatch):
    assert answer_of(client, session, name, monkeypatch).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["a page", "JSON", "a problem", "a picture"])
def test_behind_tls_the_browser_is_told_to_stay_there(make_app, session, name, monkeypatch):
    client = make_app(proxies=1).test_client(use_cookies=False)
    cookie = {"Cookie": f"__Host-{COOKIE}={SECRET}"}
    behind = {"headers": {"X-Forwarded-Proto": "https", **cookie}}
    assert (
        answer_of(client, session, name, monkeypatch, **behind).headers["Strict-Transport-Security"]
        == "max-age=31536000"
    )


def test_without_a_proxy_nobody_makes_it_believe_in_tls(app):
    answer = client_of(app).post(
        "/sign-in",
        data={"name": "alice", "password": PASSWORD},
        headers={
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Ssl": "on",
            "X-Forwarded-Protocol": "ssl",
            "Forwarded": "proto=https",
        },
    )
    assert answer.headers["Set-Cookie"].startswith("minutebook=")
    assert "Strict-Transport-Security" not in answer.headers


def test_where_a_secret_is_shown_nothing_is_stored(app, client):
    for address, form in (("/account/tokens", {"token_name": "a"}), ("/accounts/invitations", {})):
        assert client.post(address, data=form).headers["Cache-Control"] == "no-store"
    with app.app_context():
        invitation(ALICE, secret="a-secret-link")
    # The secret is in the address here, which goes to no other site.
    assert client.get("/invitations/a-secret-link").headers["Referrer-Policy"] == "same-origin"
