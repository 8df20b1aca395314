"""The shell around every answer: who may ask, and what a page may do."""

import gzip

import pytest

from tests.doors import NOBODY, add_turn, make_session, problem, read

ANSWERS = {
    "/": 302,
    "/sessions": 200,
    f"/sessions/{NOBODY}": 404,
    "/api/v1/sessions": 200,
    "/api/v1/nothing": 404,
    "/static/icon.svg": 200,
    "/assets/minutebook.css": 200,
    "/chat": 405,
}


@pytest.mark.parametrize("address", ANSWERS)
def test_every_answer_keeps_to_itself(client, address):
    with client.get(address) as answer:
        assert answer.status_code == ANSWERS[address]
    policy = dict(rule.partition(" ")[::2] for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("address", ["/sessions", "/api/v1/sessions", f"/sessions/{NOBODY}"])
def test_what_is_private_is_kept_by_no_cache_between(client, address):
    assert client.get(address).headers["Cache-Control"] == "private, no-cache"


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost:9999"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_from_elsewhere_can_change_nothing(client, headers):
    session = make_session(client)
    before = read(client, session["id"])
    for address in ("/chat", f"{session['html_url']}/pin", f"{session['html_url']}/title", "/theme"):
        answer = client.post(address, data={"content": "a", "title": "b"}, headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.text
    for method, address in (("POST", "/api/v1/chat"), ("PATCH", session["url"]), ("DELETE", session["url"])):
        problem(client.open(address, method=method, json={"content": "a"}, headers=headers), 403, "forbidden")
    assert read(client, session["id"]) == before
    assert len(client.get("/api/v1/sessions").json["data"]) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}],
    ids=str,
)
def test_our_own_pages_and_programs_can(client, headers):
    session = make_session(client)
    assert client.post(f"{session['html_url']}/pin", headers=headers).status_code == 303


def test_links_from_elsewhere_lead_here(client):
    assert client.get("/sessions", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.1.5:8000",
        "[2001:db8::1]:8000",
        "a b",
        "127.0.0.1:x",
        "[::1",
        "",
    ],
)
def test_another_name_of_this_host_is_refused(client, host):
    assert client.get("/sessions", headers={"Host": host}).status_code == 400
    problem(client.get("/api/v1/sessions", headers={"Host": host}), 400)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8001", "[::1]:8000", "LOCALHOST", "127.0.0.2:8000"])
def test_its_own_names_are_not(client, host):
    assert client.get("/sessions", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("address", ["192.168.1.5", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "unix:"])
def test_only_this_machine_is_answered(client, address):
    elsewhere = {"REMOTE_ADDR": address}
    assert client.get("/sessions", environ_overrides=elsewhere).status_code == 403
    problem(client.get("/api/v1/sessions", environ_overrides=elsewhere), 403, "forbidden")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_answered(client, address):
    assert client.get("/sessions", environ_overrides={"REMOTE_ADDR": address}).status_code == 200


def test_a_page_is_compressed_for_who_takes_it_so(client):
    add_turn(client, make_session(client)["id"], "Hello " * 500)
    address = client.get("/api/v1/sessions").json["data"][0]["html_url"]
    plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert b"Hello Hello" in gzip.decompress(packed.data)
    assert packed.content_length == len(packed.data)
    for answer in (plain, packed):
        assert "accept-encoding" in answer.headers["Vary"].lower()


@pytest.mark.parametrize("accepted", ["", "br", "identity", "gzip;q=0", "garbage;;q"])
def test_a_page_is_not_compressed_for_who_does_not(client, accepted):
    assert "Content-Encoding" not in client.get("/sessions", headers={"Accept-Encoding": accepted}).headers


def test_json_is_never_compressed_so_its_etag_stays_strong(client):
    for n in range(20):
        make_session(client, title=str(n))
    answer = client.get("/api/v1/sessions", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"].startswith('"')
