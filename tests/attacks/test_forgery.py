"""A page from elsewhere in Alice's own browser, which sends her cookie along, changes nothing."""

import pytest

from tests.attacks.people import rows
from tests.attacks.routes import CLOSED, ROUTES, TOKEN, call, things_of_alice
from tests.support.accounts import COOKIE, SECRET, client_of
from webapp.http.authentication import SAFE_METHODS

pytestmark = pytest.mark.one_database("Forged requests are refused before any row is read.")


ELSEWHERE = ("http://evil.example", "http://localhost:9999", "https://localhost", "null", "")
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "Same-Origin"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    *({"Sec-Fetch-Site": site, "Origin": origin} for site in ("none", "same-origin") for origin in ELSEWHERE),
    *({"Sec-Fetch-Site": site, "Origin": "http://localhost"} for site in ("same-site", "None", "")),
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost:9999"},
    {"Origin": "https://localhost"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "null"},
    {"Origin": ""},
]


def test_no_form_of_anothers_page_changes_anything_anywhere(app, client):
    with app.app_context():
        things = things_of_alice()
        before = rows()
    for name, route in ROUTES.items():
        if name.partition(" ")[0] in SAFE_METHODS or route.who is TOKEN:
            continue
        for headers in FOREIGN:
            answer = call(client, name, things, headers=headers)
            assert answer.status_code == 403, (name, headers)
            assert "another site" in answer.text
            assert "Set-Cookie" not in answer.headers
    with app.app_context():
        assert rows() == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "application/json"]
)
def test_a_cookie_alone_writes_nothing_on_the_doors_for_programs(app, kind):
    """Forms can send three of these types without asking first; none has a token to send."""
    with app.app_context():
        things = things_of_alice()
        before = rows()
    alice = client_of(app)
    alice.set_cookie(COOKIE, SECRET)
    for name in CLOSED:
        if ROUTES[name].who is TOKEN and name.partition(" ")[0] not in SAFE_METHODS:
            body = {"data": b'{"content": "a", "title": "a"}', "content_type": kind}
            answer = call(alice, name, things, json=None, **body)
            assert answer.status_code == 401, name
    with app.app_context():
        assert rows() == before


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"])
def test_json_that_does_not_say_so_is_not_taken(client, kind):
    for address in ("/api/v1/sessions", "/api/v1/chat", "/v1/chat/completions"):
        assert client.post(address, data=b'{"content": "a"}', content_type=kind).status_code == 415


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PURGE", "post"])
@pytest.mark.parametrize("address", ["/chat", "/sign-out", "/account/sign-ins/end", "/api/v1/sessions"])
def test_no_odd_method_slips_through(app, client, method, address):
    with app.app_context():
        before = rows()
    answer = client.open(address, method=method, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code in {403, 405}
    with app.app_context():
        assert rows() == before


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_and_no_field_makes_a_write_of_a_reading_request(app, client, override):
    with app.app_context():
        things = things_of_alice()
        before = rows()["sessions"]
    address = f"/api/v1/sessions/{things['session_id']}"
    assert client.get(address, headers={override: "DELETE"}).status_code == 200
    # An address takes only the questions it knows.
    assert client.get(f"{address}?_method=DELETE").status_code == 422
    with app.app_context():
        assert rows()["sessions"] == before


OWN = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "none", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost", "Host": "LOCALHOST"},
    {"Origin": "http://localhost", "Host": "localhost:80"},
    {"Origin": "http://localhost:8000", "Host": "localhost:8000"},
    {"Origin": "http://[::1]:8000", "Host": "[::1]:8000"},
    {"Origin": "http://192.168.1.5", "Host": "192.168.1.5"},
]


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_our_own_pages_do(client, headers):
    assert client.post("/theme", data={"theme": "dark"}, headers=headers).status_code == 303


def test_a_host_with_a_name_of_another_script_posts_to_itself(make_app):
    """Its pages are looked up by the ASCII form (RFC 3490), and that is what `Origin` says."""
    client = make_app(trusted_hosts=("xn--bcher-kva.example",)).test_client()
    headers = {"Host": "xn--bcher-kva.example", "Origin": "http://xn--bcher-kva.example"}
    assert client.post("/theme", headers=headers).status_code == 303


def test_links_from_elsewhere_lead_here_and_show_the_page(client):
    for headers in FOREIGN:
        assert client.get("/sessions", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_no_other_origin_is_told_it_may_read(client, origin):
    for address in ("/sessions", "/api/v1/sessions", "/v1/models", "/api/v1/openapi.json"):
        for method in ("GET", "OPTIONS"):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            answer = client.open(address, method=method, headers=headers)
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]
