"""The shell around every answer: what caches may keep of it, and how it is packed. Its guards are in tests/attacks."""

import gzip

import pytest

from tests.support.doors import NOBODY, add_turn, make_session

pytestmark = pytest.mark.one_database("Headers and compression are added after the response is made.")


@pytest.mark.parametrize("address", ["/sessions", "/api/v1/sessions", f"/sessions/{NOBODY}"])
def test_what_is_private_is_stored_nowhere(client, address):
    assert client.get(address).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/api/v1/openapi.json", "/api/v1/docs"])
def test_what_is_the_same_for_everybody_may_be_stored(client, address):
    assert client.get(address).headers["Cache-Control"] == "no-cache"


def test_a_program_that_keeps_what_it_read_asks_whether_it_is_still_so(client):
    for address in ("/api/v1/sessions", f"/api/v1/sessions/{make_session(client)['id']}"):
        answer = client.get(address)
        again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.headers["Cache-Control"]) == (304, "no-store")
        assert again.headers["ETag"] == answer.headers["ETag"]


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
