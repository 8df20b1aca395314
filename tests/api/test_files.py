"""Files by the API: what a message says of them, their bytes, conditions and ranges."""

from __future__ import annotations

import hashlib

import pytest

from tests.attacks.people import person
from tests.support.accounts import ALICE
from tests.support.files import png, say_with
from webapp.ids import new_id
from webapp.services.sessions.changes import create_session

DATA = bytes(range(256)) * 3000


@pytest.fixture
def turn(app):
    with app.app_context():
        return say_with(ALICE, create_session(ALICE).id, "", ("notes ä.bin", DATA), ("a.png", png(6, 5)))


@pytest.fixture
def address(turn):
    return f"/api/v1/files/{turn.user.files[0].id}"


def test_a_message_says_what_files_it_has(client, turn):
    (question, answer) = client.get(f"/api/v1/sessions/{turn.session.id}").json["messages"]

    first, second = turn.user.files
    assert question["files"] == [
        {"id": first.id, "name": "notes ä.bin", "media_type": "application/octet-stream", "size": len(DATA),
         "width": None, "height": None, "url": f"/api/v1/files/{first.id}"},
        {"id": second.id, "name": "a.png", "media_type": "image/png", "size": len(png(6, 5)), "width": 6, "height": 5,
         "url": f"/api/v1/files/{second.id}"},
    ]  # fmt: skip
    assert answer["files"] == []
    for url in ("/messages", "/messages/0"):
        shown = client.get(f"/api/v1/sessions/{turn.session.id}{url}").json
        assert (shown["data"][0] if "data" in shown else shown) == question


def test_the_bytes_of_a_file_are_returned(client, address):
    answer = client.get(address)

    assert answer.data == DATA
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert answer.headers["ETag"] == f'"{hashlib.sha256(DATA).hexdigest()}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"notes _.bin\"; filename*=UTF-8''notes%20%C3%A4.bin"
    )
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_head_has_the_headers_and_no_body(client, address):
    answer = client.head(address)

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert client.head(address, headers={"Range": "bytes=0-1"}).status_code == 200


RANGES = {
    "bytes=0-0": (0, 1),
    "bytes=0-99": (0, 100),
    "bytes=262143-262144": (262_143, 262_145),
    "bytes=262144-": (262_144, None),
    "bytes=100000-700000": (100_000, 700_001),
    "bytes=-5": (-5, None),
    "bytes=-99999999": (0, None),
    "bytes=767999-": (767_999, None),
    "bytes=5-99999999999": (5, None),
    "BYTES = 5-9": (5, 10),
}


@pytest.mark.parametrize("wanted", RANGES)
def test_a_range_of_bytes_is_returned(client, address, wanted):
    answer = client.get(address, headers={"Range": wanted})

    start, stop, _ = slice(*RANGES[wanted]).indices(len(DATA))
    assert answer.status_code == 206
    assert answer.data == DATA[start:stop]
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"
    assert answer.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,5-6", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "items=0-5", "bytes=٣-٤", "x" * 500, "bytes=0x1-5",
     "bytes=1-" + "9" * 40],
)  # fmt: skip
@pytest.mark.one_database("A range is understood before the file is read.")
def test_a_range_that_is_not_understood_is_ignored(client, address, wanted):
    answer = client.get(address, headers={"Range": wanted.encode().decode("latin-1")})

    assert (answer.status_code, len(answer.data)) == (200, len(DATA))


@pytest.mark.parametrize("wanted", ["bytes=768000-", "bytes=768000-768001", "bytes=-0", "bytes=999999999999-"])
def test_a_range_beyond_the_end_is_refused(client, address, wanted):
    answer = client.get(address, headers={"Range": wanted})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"
    assert answer.json["code"] == "range-not-satisfiable"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_empty_file_is_returned_and_has_no_range(client, app):
    with app.app_context():
        turn = say_with(ALICE, create_session(ALICE).id, "", ("empty", b""))
    address = f"/api/v1/files/{turn.user.files[0].id}"

    assert (client.get(address).status_code, client.get(address).data) == (200, b"")
    assert client.get(address, headers={"Range": "bytes=0-"}).status_code == 416


def test_a_client_that_has_the_bytes_gets_a_304(client, address):
    etag = client.get(address).headers["ETag"]

    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = client.get(address, headers={"If-None-Match": known, "Range": "bytes=0-1"})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"].startswith("private, ")
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_range_of_other_bytes_is_the_whole_file(client, address):
    etag = client.get(address).headers["ETag"]
    part = {"Range": "bytes=0-9"}

    assert client.get(address, headers=part | {"If-Range": etag}).status_code == 206
    for other in ('"other"', f"W/{etag}", "Wed, 21 Oct 2026 07:28:00 GMT", "x"):
        assert client.get(address, headers=part | {"If-Range": other}).status_code == 200


def test_anothers_file_and_none_are_the_same(client, app, address):
    with app.app_context():
        bob = person("bob").client(app)
    there, nowhere = bob.get(address), bob.get(f"/api/v1/files/{new_id()}")

    assert there.status_code == nowhere.status_code == 404
    assert there.json["detail"] == nowhere.json["detail"]
    for bad in ("x", "../account", "0" * 36):
        assert client.get(f"/api/v1/files/{bad}").status_code in {404, 308}


def test_equal_bytes_of_two_users_are_two_files(client, app, turn):
    with app.app_context():
        bob = person("bob")
        his = say_with(bob.user, create_session(bob.user).id, "", ("his.bin", DATA)).user.files[0]

    assert his.id != turn.user.files[0].id
    assert bob.client(app).get(f"/api/v1/files/{his.id}").data == DATA
    assert client.get(f"/api/v1/files/{his.id}").status_code == 404


def test_a_file_leaves_with_its_chat(client, turn, address):
    session = f"/api/v1/sessions/{turn.session.id}"
    client.patch(session, json={"archived": True})
    assert client.get(address).status_code == 200
    assert client.delete(f"{session}?purge=true").status_code == 204

    assert client.get(address).status_code == 404


def test_the_account_says_how_much_space_is_used(client, turn):
    assert client.get("/api/v1/account").json["storage"] == {
        "files": 2,
        "bytes_used": len(DATA) + len(png(6, 5)),
        "bytes_limit": 5_000_000_000,
    }


@pytest.mark.parametrize("sent", [{}, {"Range": "bytes=9-300000"}, {"Range": "bytes=999999-"}, {"If-None-Match": "*"}])
def test_the_page_serves_a_file_as_the_api_does(client, turn, sent):
    for file in turn.user.files:
        seen = []
        for address in (f"/files/{file.id}/{file.name}", f"/api/v1/files/{file.id}"):
            answer = client.get(address, headers=sent)
            headers = {name: value for name, value in answer.headers if name not in {"X-Request-ID", "Date"}}
            seen.append((answer.status_code, answer.data, headers) if answer.status_code < 400 else answer.status_code)
        assert seen[0] == seen[1]
