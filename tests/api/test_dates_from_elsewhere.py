"""Chats made elsewhere: their dates are those of their messages, wherever a date is shown."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.doors import add_turn, make_session, pointers, problem, read, read_from

URL = "/api/v1/sessions"
JULY, AUGUST, NOVEMBER = "2024-07-30T09:41:00Z", "2024-08-02T18:00:00Z", "2024-11-05T07:30:00.25Z"


def bring(client, session_id, asked=None, answered=None, said="Where is the boiler?"):
    """Append a turn with the times that are given."""
    times = {"user": asked, "assistant": answered}
    turn = {"user": {"content": said}, "assistant": {"content": "In the cellar."}}
    for role, moment in times.items():
        turn[role] |= {"create_time": moment} if moment else {}
    answer = client.post(f"{URL}/{session_id}/turns", json=turn)
    assert answer.status_code == 201, answer.text
    return answer.json


def dates(client, session_id):
    session = read(client, session_id)
    return session["created_at"], session["last_activity_at"]


def is_now(moment):
    return abs(datetime.now(UTC) - datetime.fromisoformat(moment)) < timedelta(minutes=1)


def headings(client):
    """The headings of the sidebar, each with the titles under it."""
    page = read_from(client, "/sessions", "UTC").text
    groups = re.split(r'<h2 class="list-heading">', page)[1:]
    return {part.split("</h2>")[0]: re.findall(r'class="row-title"[^>]*>([^<]*)', part) for part in groups}


def test_a_session_begins_with_its_first_message_and_was_active_last_at_its_last(client):
    id_ = make_session(client)["id"]
    bring(client, id_, JULY, AUGUST)
    assert dates(client, id_) == (JULY, AUGUST)
    bring(client, id_, AUGUST, NOVEMBER)
    assert dates(client, id_) == (JULY, "2024-11-05T07:30:00.250000Z")


def test_the_change_itself_is_dated_today(client):
    id_ = make_session(client)["id"]
    bring(client, id_, JULY, AUGUST)
    assert is_now(read(client, id_)["updated_at"])


def test_the_page_shows_these_dates_in_the_list_the_header_and_the_search(client):
    id_ = make_session(client)["id"]
    bring(client, id_, JULY, AUGUST)
    made_today = make_session(client, title="Of today")
    add_turn(client, made_today["id"])
    assert headings(client) == {"Today": ["Of today"], "August 2024": ["Where is the boiler?"]}
    page = read_from(client, f"/sessions/{id_}", "UTC").text
    assert re.search(r'since\s*<time datetime="2024-07-30T09:41:00Z">30 July 2024</time>', page)
    found = read_from(client, "/search?q=boiler", "UTC").text
    assert "last on 2 August 2024, 18:00" in found
    assert "30 July 2024, 09:41" in found


def test_the_list_is_ordered_by_these_dates_page_after_page(client):
    order = []
    for month in (3, 1, 12, 7, 9):
        id_ = make_session(client, title=f"{month:02}")["id"]
        bring(client, id_, f"2023-{month:02}-01T00:00:00Z")
        order.append(f"{month:02}")
    seen, address = [], f"{URL}?limit=2"
    while address:
        page = client.get(address).json
        seen += [session["title"] for session in page["data"]]
        address = page["next"] and f"{URL}?limit=2&cursor={page['next']}"
    assert seen == sorted(order, reverse=True)


@pytest.mark.parametrize(("asked", "answered"), [(JULY, None), (None, JULY)])
def test_one_time_is_the_time_of_both_messages(client, asked, answered):
    id_ = make_session(client)["id"]
    turn = bring(client, id_, asked, answered)
    assert [message["create_time"] for message in turn["messages"]] == [JULY, JULY]
    assert dates(client, id_) == (JULY, JULY)


def test_times_in_the_wrong_order_still_give_the_first_and_the_last(client):
    id_ = make_session(client)["id"]
    bring(client, id_, AUGUST, JULY)
    assert dates(client, id_) == (JULY, AUGUST)


def test_a_date_never_goes_back(client):
    id_ = make_session(client)["id"]
    bring(client, id_, AUGUST, NOVEMBER)
    bring(client, id_, JULY, JULY)
    assert dates(client, id_) == (AUGUST, "2024-11-05T07:30:00.250000Z")


def test_a_chat_of_today_stays_one_of_today(client):
    id_ = make_session(client)["id"]
    add_turn(client, id_)
    before = dates(client, id_)
    bring(client, id_, JULY, AUGUST)
    assert dates(client, id_) == before


def test_a_turn_without_times_and_a_live_turn_happen_now(client):
    for go_on in (
        lambda id_: add_turn(client, id_),
        lambda id_: client.post("/api/v1/chat", json={"session_id": id_, "content": "And the key?"}),
    ):
        id_ = make_session(client)["id"]
        bring(client, id_, JULY, AUGUST)
        go_on(id_)
        created, active = dates(client, id_)
        assert created == JULY
        assert is_now(active)


@pytest.mark.parametrize("future", ["2999-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_a_time_in_the_future_dates_the_message_and_not_the_chat(client, future):
    id_ = make_session(client)["id"]
    turn = bring(client, id_, JULY, future)
    assert turn["messages"][1]["create_time"] == future
    created, active = dates(client, id_)
    assert created == JULY
    assert is_now(active)
    later = make_session(client, title="Later")["id"]
    add_turn(client, later)
    assert [session["id"] for session in client.get(URL).json["data"]] == [later, id_]


def test_a_session_can_be_created_with_the_date_on_which_it_began(client):
    session = make_session(client, created_at="2024-07-30T11:41:00+02:00", title="Boiler")
    assert (session["created_at"], session["last_activity_at"]) == (JULY, JULY)
    assert is_now(session["updated_at"])
    assert headings(client) == {"July 2024": ["Boiler"]}
    bring(client, session["id"], AUGUST, NOVEMBER)
    assert dates(client, session["id"]) == (JULY, "2024-11-05T07:30:00.250000Z")


def test_its_first_message_may_be_older_still(client):
    id_ = make_session(client, created_at=NOVEMBER)["id"]
    bring(client, id_, JULY, AUGUST)
    assert dates(client, id_) == (JULY, AUGUST)


def test_a_session_of_the_future_begins_now(client):
    session = make_session(client, created_at="2999-01-01T00:00:00Z")
    assert session["created_at"] == session["last_activity_at"] == session["updated_at"]
    assert is_now(session["created_at"])
    assert is_now(make_session(client, created_at=None)["created_at"])


@pytest.mark.parametrize("moment", ["2024-07-30", "2024-07-30T09:41:00", "soon", 5, "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_no_instant_is_named(client, moment):
    told = problem(client.post(URL, json={"created_at": moment}), 422)
    assert pointers(told) == ["#/created_at"]


def test_the_first_instant_of_the_calendar_is_a_date_like_others(client):
    session = make_session(client, created_at="0001-01-01T00:00:00Z")
    for zone in ("America/Lima", "Asia/Tokyo"):
        assert read_from(client, "/sessions", zone).status_code == 200
        assert read_from(client, f"/sessions/{session['id']}", zone).status_code == 200


def test_a_fork_is_made_today(client):
    id_ = make_session(client)["id"]
    bring(client, id_, JULY, AUGUST)
    fork = client.post(f"{URL}/{id_}/forks", json={"idx": 1}).json
    assert is_now(fork["created_at"])
    assert is_now(fork["last_activity_at"])
