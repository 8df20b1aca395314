"""GET /api/v1/sessions."""

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, stranger
from tests.support.doors import add_turn, make_session, pointers, problem

URL = "/api/v1/sessions"


def titles(client, query=""):
    return [session["title"] for session in client.get(URL + query).json["data"]]


def test_a_new_book_lists_nothing(client):
    answer = client.get(URL)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {"data": [], "next": None}


def test_a_session_is_listed_as_it_is_got_but_without_messages(client):
    session = make_session(client, title="Kitchen tiles", pinned=True)
    (listed,) = client.get(URL).json["data"]
    assert listed == session
    assert "messages" not in listed
    assert client.get(listed["url"]).status_code == client.get(listed["html_url"]).status_code == 200


def test_pinned_come_first_and_then_the_newest(client):
    for title in ("one", "two", "three"):
        make_session(client, title=title)
    make_session(client, title="kept on top", pinned=True)
    make_session(client, title="four")
    assert titles(client) == ["kept on top", "four", "three", "two", "one"]


def test_a_turn_moves_a_session_up_and_a_rename_does_not(client):
    first, second = make_session(client, title="first"), make_session(client, title="second")
    client.patch(first["url"], json={"title": "renamed"})
    assert titles(client) == ["second", "renamed"]
    add_turn(client, first["id"])
    assert titles(client) == ["renamed", "second"]
    assert second["title"] == "second"


def test_following_next_meets_every_session_once(client):
    made = {make_session(client, title=str(n), pinned=n % 3 == 0)["id"] for n in range(7)}
    seen, address = [], f"{URL}?limit=3"
    while address:
        page = client.get(address).json
        assert len(page["data"]) <= 3
        seen += [session["id"] for session in page["data"]]
        address = page["next"] and f"{URL}?limit=3&cursor={page['next']}"
    assert len(seen) == 7
    assert set(seen) == made


def test_a_page_holds_fifty_unless_asked(client):
    for n in range(51):
        make_session(client, title=str(n))
    page = client.get(URL).json
    assert len(page["data"]) == 50
    assert page["next"]
    assert len(client.get(f"{URL}?limit=51").json["data"]) == 51


def test_archived_ones_are_left_out_unless_asked_for(client):
    make_session(client, title="in use")
    gone = make_session(client, title="archived")
    client.delete(gone["url"])
    assert titles(client) == ["in use"]
    assert titles(client, "?include_archived=true") == ["archived", "in use"]
    assert titles(client, "?archived=only") == ["archived"]


def test_pinned_and_title_choose(client):
    make_session(client, title="Zürich trip", pinned=True)
    make_session(client, title="zurich budget")
    make_session(client, title="100% wool")
    assert titles(client, "?pinned=true") == ["Zürich trip"]
    assert titles(client, "?pinned=false") == ["100% wool", "zurich budget"]
    assert titles(client, "?title=ZURICH") == ["Zürich trip", "zurich budget"]
    assert titles(client, "?title=%25") == ["100% wool"]
    assert titles(client, "?title=trip+zürich") == ["Zürich trip"]


def test_somebody_elses_sessions_are_never_listed(app, client):
    with app.app_context():
        chat(stranger(), "My secret", title="Bob's")
        chat(ALICE, "Mine", title="Ours")
    assert titles(client, "?include_archived=true") == ["Ours"]


def test_an_unchanged_list_is_not_sent_again(client):
    make_session(client, title="one")
    etag = client.get(URL).headers["ETag"]
    unchanged = client.get(URL, headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == etag
    make_session(client, title="two")
    assert client.get(URL, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("cursor=", "cursor"),
        ("cursor=" + "a" * 401, "cursor"),
        ("archived=yes", "archived"),
        ("archived=only&include_archived=true", "archived"),
        ("pinned=maybe", "pinned"),
        ("title=%00", "title"),
        ("title=" + "a" * 201, "title"),
        ("limit=1&limit=2", "limit"),
        ("sort=title", "sort"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_a_parameter_that_cannot_be_used_is_named(client, query, field):
    assert pointers(problem(client.get(f"{URL}?{query}"), 422, "invalid")) == [field]


@pytest.mark.parametrize("cursor", ["0", "x", "%00", "%ff", "bm9uZQ", "W10", "e30", "WzFd", "é", "=", "W" * 400])
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_a_made_up_cursor_is_refused(client, cursor):
    problem(client.get(f"{URL}?cursor={cursor}"), 400, "bad-request")


def test_a_cursor_of_another_list_is_refused(client):
    for n in range(2):
        make_session(client, title=str(n))
    cursor = client.get(f"{URL}?limit=1").json["next"]
    assert client.get(f"{URL}?cursor={cursor}").status_code == 200
    problem(client.get(f"{URL}?cursor={cursor}&pinned=false"), 400, "bad-request")
    problem(client.get(f"{URL}?cursor={cursor}&archived=only"), 400, "bad-request")
