"""Clients that are described by a document on the web: it is read with care, or not at all."""

import json
import ssl
import time

import pytest

from tests.support.accounts import ALICE, client_of
from tests.support.oauth import CALLBACK, PUBLIC, answer, exchange, page_of, request_of, returned
from tests.support.people import alter, rows
from tests.support.tls import certificate, tls_server
from webapp.ids import utc_now
from webapp.models import OAuthClient
from webapp.services.oauth.fetching import MAX_BYTES, Network, Unreachable, fetch, is_public, resolve
from webapp.state import provide

HOST = "client.example"
ID = f"https://{HOST}/oauth/client.json"
GOOD = {"client_id": ID, "client_name": "Documented", "redirect_uris": [CALLBACK]}


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), HOST)


class Site:
    """What the site answers, and what it was asked."""

    def __init__(self):
        self.document, self.status, self.headers = GOOD, 200, {"Content-Type": "application/json"}
        self.asked = []
        self.write = self.raw = None

    def __call__(self, handler):
        self.asked.append((handler.path, dict(handler.headers)))
        body = self.document if isinstance(self.document, bytes) else json.dumps(self.document).encode()
        if self.raw is not None:
            self.raw(handler)
            return
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        if self.write is None:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        (self.write or handler.wfile.write)(*([handler] if self.write else [body]))


@pytest.fixture
def site(pem):
    site = Site()
    with tls_server(pem, site) as port:
        site.network = Network(
            resolve=lambda _host: ["127.0.0.1"],
            is_allowed=lambda _address: True,
            context=lambda: ssl.create_default_context(cafile=str(pem)),
            port=port,
            seconds=1.0,
        )
        yield site


@pytest.fixture
def app(make_app, site):
    app = make_app(public_url=PUBLIC, client_documents=True)
    provide(app, site.network)
    return app


def refused(client, client_id=ID):
    page = page_of(client, request_of(client_id))
    assert page.status_code == 400
    return page.text


def test_a_described_client_connects_and_its_publisher_is_named(client, site):
    page = page_of(client, request_of(ID))
    assert "Documented" in page.text and f"<strong>{HOST}</strong>" in page.text

    code = returned(answer(client, request_of(ID)))["code"]

    assert exchange(client, ID, code).json["scope"] == "read"
    assert len(site.asked) == 1, "a document serves for some hours"
    (path, headers) = site.asked[0]
    assert path == "/oauth/client.json"
    assert headers.keys().isdisjoint({"Cookie", "Authorization", "Referer"})


def test_a_document_is_read_again_after_some_hours(app, client, site):
    assert page_of(client, request_of(ID)).status_code == 200
    with app.app_context():
        (row,) = rows(OAuthClient)
        alter(OAuthClient, row.id, fetched_at=utc_now().replace(year=2025))
    site.document = GOOD | {"redirect_uris": ["https://elsewhere.example/callback"]}
    assert "did not register the address" in refused(client)
    assert len(site.asked) == 2


def test_without_the_setting_nothing_is_read(make_app, site):
    app = make_app(public_url=PUBLIC)
    provide(app, site.network)
    client = app.test_client()
    assert "MINUTEBOOK_CLIENT_DOCUMENTS" in refused(client)
    assert client.get("/.well-known/oauth-authorization-server").json["client_id_metadata_document_supported"] is False
    assert site.asked == []


def test_a_stranger_lets_nothing_be_read(app, site):
    assert page_of(client_of(app), request_of(ID)).status_code == 303
    token = client_of(app).post("/oauth/token", data={"grant_type": "refresh_token", "client_id": ID})
    assert token.json["error"] == "invalid_client"
    assert site.asked == []


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b"[" * 5_000,
        {},
        GOOD | {"client_id": f"{ID}?"},
        GOOD | {"client_id": f"https://evil.{HOST}/oauth/client.json"},
        GOOD | {"client_id": [ID]},
        GOOD | {"redirect_uris": []},
        GOOD | {"redirect_uris": ["http://evil.example/"]},
        GOOD | {"redirect_uris": "x"},
        GOOD | {"client_name": {"a": 1}},
        GOOD | {"token_endpoint_auth_method": "private_key_jwt"},
        GOOD | {"padding": "x" * MAX_BYTES},
    ],
)
def test_a_wrong_document_describes_nobody(app, client, site, document):
    site.document = document
    refused(client)
    with app.app_context():
        assert rows(OAuthClient) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 404, 500, 204])
def test_no_redirect_is_followed_and_no_error_read(client, site, status):
    site.status = status
    site.headers = {"Content-Type": "application/json", "Location": f"https://{HOST}/other"}
    assert f"answers with {status}" in refused(client)
    assert len(site.asked) == 1


def test_a_page_is_no_document(client, site):
    site.headers = {"Content-Type": "text/html"}
    assert "not JSON" in refused(client)


def test_a_server_that_is_slow_is_given_up(client, site):
    def drip(handler):
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    site.write = drip
    began = time.monotonic()
    refused(client)
    assert time.monotonic() - began < 5


def test_a_server_whose_header_never_ends_is_given_up(client, site):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    site.raw = drip
    began = time.monotonic()
    assert "too slow" in refused(client)
    assert time.monotonic() - began < 5


def test_a_body_without_an_end_is_cut(client, site):
    def flood(handler):
        for _ in range(10_000):
            handler.wfile.write(b"x" * 10_000)

    site.write = flood
    assert "bytes" in refused(client)


#: Addresses that no stranger may let the server call, in all the ways to write one.
INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "nonsense",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_called(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_an_address_of_the_internet_is(address):
    assert is_public(address)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], []])
def test_a_name_with_an_address_inside_is_not_called(site, addresses):
    network = Network(resolve=lambda _: addresses, context=site.network.context, port=site.network.port)
    with pytest.raises(Unreachable, match="not a public one"):
        fetch(HOST, "/", network)
    assert site.asked == []


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(site):
    # A second answer of the name server would lead elsewhere: nobody asks for one.
    answers = iter([["127.0.0.1"]])
    checked = []
    network = Network(
        resolve=lambda _: next(answers),
        is_allowed=lambda address: checked.append(address) or True,
        context=site.network.context,
        port=site.network.port,
    )
    assert json.loads(fetch(HOST, "/oauth/client.json", network)) == GOOD
    assert checked == ["127.0.0.1"]
    assert site.asked[0][1]["Host"].partition(":")[0] == HOST


def test_the_certificate_must_be_of_the_name(site):
    with pytest.raises(Unreachable):
        fetch("other.example", "/", site.network)
    default = Network(resolve=lambda _: ["127.0.0.1"], is_allowed=lambda _: True, port=site.network.port)
    with pytest.raises(Unreachable):
        fetch(HOST, "/", default)
    assert site.asked == []


def test_the_names_of_this_machine_are_inside():
    assert not any(map(is_public, resolve("localhost")))


@pytest.mark.parametrize(
    "client_id",
    [
        "http://client.example/client.json",
        "https://client.example",
        "https://client.example/",
        "https://client.example:8443/client.json",
        "https://client.example:x/client.json",
        "https://user@client.example/client.json",
        "https://client.example/a/../client.json",
        "https://client.example/a/./client.json",
        "https://client.example/%2e%2e/client.json",
        "https://client.example/client.json#a",
        "https://127.0.0.1/client.json",
        "https://2130706433/client.json",
        "https://0x7f.1/client.json",
        "https://[::1]/client.json",
        "https://localhost/client.json",
        "https://client.example\\@evil.example/client.json",
        "https://CLIENT.example/client.json",
        "https://client.example//client.json",
        "ftp://client.example/client.json",
        "file:///etc/passwd",
        "https://client.example/" + "x" * 500,
        "https://client.example/a b",
        "https://client.example/a\r\nHost: evil.example",
    ],
)
def test_an_id_that_is_no_plain_address_of_a_document_is_not_read(app, client, site, client_id):
    strict = Network(resolve=lambda host: [host], context=site.network.context, port=site.network.port)
    provide(app, strict)
    refused(client, client_id)
    assert site.asked == []


def test_a_registered_client_cannot_take_the_id_of_a_document(client):
    made = client.post("/oauth/register", json={"client_id": ID, "redirect_uris": [CALLBACK]})
    assert made.json["client_id"].startswith("mbc_")
    assert ALICE.id not in made.text
