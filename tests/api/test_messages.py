"""GET /api/v1/sessions/{id}/messages and …/messages/{idx}."""

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, pointers, problem


@pytest.fixture
def url(client):
    session = make_session(client)
    for n in range(5):
        add_turn(client, session["id"], f"Question {n}", f"Answer {n}")
    return f"{session['url']}/messages"


def idxs(page):
    return [message["idx"] for message in page["data"]]


def walk(client, address):
    """Follow `next` to its end and return the pages' numbers."""
    pages, cursor = [], ""
    while cursor is not None:
        page = client.get(address + cursor).json
        pages.append(idxs(page))
        cursor = page["next"] and f"&cursor={page['next']}"
        address = address.partition("?")[0] + "?limit=4"
    return pages


def test_messages_come_in_order_from_the_beginning(client, url):
    page = client.get(url).json
    assert idxs(page) == list(range(10))
    assert page["next"] is None
    assert [m["role"] for m in page["data"]] == ["user", "assistant"] * 5


def test_following_next_reads_all_forwards(client, url):
    assert walk(client, f"{url}?limit=4") == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_following_next_from_before_an_idx_reads_all_backwards(client, url):
    assert walk(client, f"{url}?limit=4&before_idx=10") == [[6, 7, 8, 9], [2, 3, 4, 5], [0, 1]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("after_idx=-1", [0, 1, 2]),
        ("after_idx=6", [7, 8, 9]),
        ("after_idx=9", []),
        ("after_idx=2147483647", []),
        ("before_idx=4", [1, 2, 3]),
        ("before_idx=2", [0, 1]),
        ("before_idx=0", []),
        ("before_idx=-1", []),
        ("before_idx=2147483647", [7, 8, 9]),
    ],
)
def test_a_place_beyond_either_end_gives_what_there_is(client, url, query, expected):
    page = client.get(f"{url}?limit=3&{query}").json
    assert idxs(page) == expected


def test_an_empty_transcript_is_an_empty_page(client):
    session = make_session(client)
    assert client.get(f"{session['url']}/messages").json == {"data": [], "instructions": [], "next": None}


def test_one_message_by_its_place(client, url):
    message = client.get(f"{url}/3").json
    assert (message["idx"], message["role"], message["content"]) == (3, "assistant", "Answer 1")
    etag = client.get(f"{url}/3").headers["ETag"]
    assert client.get(f"{url}/3", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("idx", ["10", "-1", "x", "2147483648", "9" * 30, "9" * 5000, "1.0", "%00"])
def test_a_place_where_nothing_stands_is_not_found(client, url, idx):
    problem(client.get(f"{url}/{idx}"), 404, "not-found")


def test_what_is_not_there_or_somebody_elses_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), "Bob's")
    for session_id in (NOBODY, theirs.id):
        for address in ("messages", "messages/0"):
            problem(client.get(f"/api/v1/sessions/{session_id}/{address}"), 404, "not-found")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("after_idx=-2", "after_idx"),
        ("after_idx=2147483648", "after_idx"),
        ("after_idx=" + "9" * 5000, "after_idx"),
        ("before_idx=1.5", "before_idx"),
        ("before_idx=x", "before_idx"),
        ("offset=3", "offset"),
        ("after_idx=1&before_idx=3", ""),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_a_parameter_that_cannot_be_used_is_named(client, url, query, field):
    assert pointers(problem(client.get(f"{url}?{query}"), 422, "invalid")) == [field]


def test_a_cursor_of_another_session_is_refused(client, url):
    other = make_session(client)
    cursor = client.get(f"{url}?limit=4").json["next"]
    problem(client.get(f"{other['url']}/messages?cursor={cursor}"), 400, "bad-request")
    problem(client.get(f"{url}?cursor=xyz"), 400, "bad-request")


def test_an_unchanged_page_is_not_sent_again(client, url):
    etag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    add_turn(client, url.split("/")[4])
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200
