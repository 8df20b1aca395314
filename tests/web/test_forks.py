"""Forks: going on from a message in a chat of its own."""

import pytest

from tests.support.doors import NOBODY, add_turn, make_session, read, script
from tests.support.tabs import Tab

HOSTILE = '</title><script>alert(1)</script>"><img src=x onerror=y>'


@pytest.fixture
def session(client):
    session = make_session(client, title="Plans")
    add_turn(client, session["id"], "One", "1")
    add_turn(client, session["id"], "Two", "2")
    return session


def fork(client, session, idx):
    answer = client.post(f"{session['html_url']}/forks", data={"idx": idx})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def texts(client, address):
    return [message["content"] for message in read(client, address.rpartition("/")[2])["messages"]]


@pytest.mark.parametrize("idx", range(4))
def test_a_fork_holds_what_was_said_up_to_its_message_and_leads_back_to_it(client, session, idx):
    address = fork(client, session, idx)
    tab = Tab(client, address)
    assert tab.numbers == [f"m-{number}" for number in range(1, idx + 2)]
    assert tab.title == "Plans (fork) · Minutebook"
    assert f'<a href="{session["html_url"]}?around={idx}#m-{idx + 1}">forked at message {idx + 1}</a>' in tab.facts
    assert texts(client, session["html_url"]) == ["One", "1", "Two", "2"]


def test_every_message_has_a_button_that_forks_behind_it(client, session):
    page = client.get(session["html_url"]).text
    assert f'<form id="fork-form" method="post" action="{session["html_url"]}/forks">' in page
    for idx in range(4):
        assert f'form="fork-form" name="idx" value="{idx}">Fork' in page


def test_the_two_go_their_own_ways(app, client, session):
    script(app, "Here.", "There.")
    forked, kept = Tab(client, fork(client, session, 1)), Tab(client, session["html_url"])
    for tab in (forked, kept):
        tab.send("And now?")
        tab.finish()
    assert texts(client, session["html_url"]) == ["One", "1", "Two", "2", "And now?", "There."]
    assert [m["content"] for m in read(client, forked.state["session_id"])["messages"]] == [
        "One", "1", "And now?", "Here.",
    ]  # fmt: skip
    assert "forked at message 2" in forked.facts


def test_a_fork_behind_a_question_offers_to_answer_it(app, client, session):
    script(app, "Another two.")
    tab = Tab(client, fork(client, session, 2))
    assert "This has no answer yet." in tab.end
    tab.retry()
    tab.finish()
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert texts(client, session["html_url"])[3] == "2"


def test_when_the_source_is_deleted_for_good_the_fork_stays_without_a_link_to_nowhere(client, session):
    address = fork(client, session, 1)
    client.delete(session["url"])
    assert "forked at message 2" in Tab(client, address).facts
    client.delete(f"{session['url']}?purge=true")
    tab = Tab(client, address)
    assert "forked" not in tab.facts
    assert session["id"] not in tab.minutes
    assert texts(client, address) == ["One", "1"]


def test_a_fork_that_is_said_differently_leads_to_what_it_still_shares(app, client, session):
    script(app, "Zwei!", "Eins!")
    address = fork(client, session, 3)
    client.post(f"{address}/edits", data={"idx": "2", "content": "Zwei"})
    assert '#m-2">forked at message 2</a>' in Tab(client, address).facts
    client.post(f"{address}/edits", data={"idx": "0", "content": "Eins"})
    facts = Tab(client, address).facts
    assert "message 0" not in facts
    assert "around=-1" not in facts
    assert f'<a href="{session["html_url"]}">forked from another chat</a>' in facts
    assert texts(client, address) == ["Eins", "Eins!"]


def test_an_archived_chat_can_be_forked(client, session):
    client.delete(session["url"])
    assert texts(client, fork(client, session, 1)) == ["One", "1"]


@pytest.mark.parametrize("idx", ["", "x", "4", "-1", "999999999", "9" * 30, None])
def test_a_place_where_nothing_is_said_is_refused_with_a_page(client, session, idx):
    answer = client.post(f"{session['html_url']}/forks", data={} if idx is None else {"idx": idx})
    assert answer.status_code == 422
    assert answer.text.startswith("<!doctype html>")
    assert len(client.get("/api/v1/sessions").json["data"]) == 1


def test_a_chat_that_is_gone_cannot_be_forked(client):
    assert client.post(f"/sessions/{NOBODY}/forks", data={"idx": "0"}).status_code == 404


def test_whatever_a_chat_is_called_its_fork_shows_it_as_text(client):
    session = make_session(client, title=HOSTILE)
    add_turn(client, session["id"], HOSTILE, HOSTILE)
    page = client.get(fork(client, session, 1)).text
    assert "<script>alert" not in page
    assert "<img" not in page


def test_while_a_chat_is_answered_it_can_be_forked_without_the_turn_in_the_making(app, client, session, gate):
    script(app, (gate, "Hi."))
    Tab(client, session["html_url"]).send("Hello")
    tab = Tab(client, fork(client, session, 3))
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert "Hello" not in tab.minutes
    assert tab.button == "Send"
