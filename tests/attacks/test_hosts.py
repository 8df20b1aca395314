"""By which names Minutebook answers: a foreign name that leads here is a page that wants to read this (DNS rebinding)."""

import pytest

from tests.support.accounts import client_of
from tests.support.doors import problem

pytestmark = pytest.mark.one_database("A host is refused before any row is read.")


RUBBISH = [
    "a b",
    "127.0.0.1:x",
    "127.0.0.1:99999",
    "127.0.0.1:0",
    "[::1",
    "[::1]x",
    "",
    "localhost@evil.example",
    "evil.example@localhost",
    "localhost/evil.example",
    "localhost#.evil.example",
    "localhost?.evil.example",
    "localhost\\.evil.example",
    "localhost,evil.example",
    "localhost%00.evil.example",
    "evil.example\tlocalhost",
    "é.example",
    ".",
    "..",
    "x" * 3000,
]
FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost.",
    "xlocalhost",
    "2130706433",
    "0x7f.1",
    "127.1",
    "127.0.0.1.nip.io",
    "minutes.example.org",
]


@pytest.mark.parametrize("host", FOREIGN + RUBBISH, ids=lambda host: ascii(host[:30]))
def test_a_name_that_was_not_given_to_it_is_refused_at_every_door(app, client, host):
    headers = {"Host": host.encode().decode("latin-1")}
    for address in ("/sessions", "/static/icon.svg", "/assets/minutebook.js", "/nothing"):
        with client.get(address, headers=headers) as answer:
            assert answer.status_code == 400, address
    problem(client.get("/api/v1/sessions", headers=headers), 400)
    assert client.get("/v1/models", headers=headers).json["error"]["type"] == "invalid_request_error"
    assert client_of(app).post("/sign-in", data={"name": "a"}, headers=headers).status_code == 400


NUMBERS = ["127.0.0.1:8000", "[::1]:8000", "127.0.0.2", "192.168.1.5:8000", "[2001:db8::1]:8000", "10.0.0.1"]


@pytest.mark.parametrize("host", [*NUMBERS, "localhost", "localhost:8001", "LOCALHOST"])
def test_this_machine_and_numbers_are_no_foreign_names(client, host):
    assert client.get("/api/v1/sessions", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("trusted", "host", "status"),
    [
        ("minutes.example.org", "minutes.example.org", 200),
        ("minutes.example.org", "minutes.example.org:8443", 200),
        ("minutes.example.org", "Minutes.Example.Org", 200),
        ("minutes.example.org", "www.minutes.example.org", 400),
        ("minutes.example.org", "example.org", 400),
        ("minutes.example.org", "minutes.example.org.evil.example", 400),
        (".example.org", "minutes.example.org", 200),
        (".example.org", "a.b.example.org", 200),
        (".example.org", "example.org", 200),
        (".example.org", "evilexample.org", 400),
        (".example.org", "example.org.evil.example", 400),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", 200),
        ("minutes.example.org", "localhost", 200),
        ("minutes.example.org", "127.0.0.1:8000", 200),
    ],
)
def test_the_operator_gives_it_names(make_app, trusted, host, status):
    client = make_app(trusted_hosts=(trusted,)).test_client()
    assert client.get("/api/v1/sessions", headers={"Host": host}).status_code == status


def test_the_host_that_a_proxy_may_have_been_told_is_not_believed(make_app):
    client = make_app(proxies=1).test_client()
    headers = {"X-Forwarded-Host": "localhost", "Forwarded": "host=localhost", "X-Forwarded-For": "192.0.2.1"}
    assert client.get("/api/v1/sessions", headers={"Host": "evil.example", **headers}).status_code == 400
    page = client_of(client.application).get("/sessions", headers={"X-Forwarded-Host": "evil.example"})
    assert page.headers["Location"] == "/sign-in"
    invited = client.post("/accounts/invitations", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in client.get("/account").text + invited.text
