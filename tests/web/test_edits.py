"""Saying a message differently: a form in its place, with htmx and without; a refusal keeps what was typed."""

import re

import pytest

from tests.support.doors import NOBODY, add_turn, draft, make_session, read, script, sentence
from tests.support.tabs import PARTIAL, Tab, articles, words
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed

BOTH = pytest.mark.parametrize("headers", [{}, PARTIAL], ids=["page", "fragment"])
HOSTILE = '</textarea></title><script>alert(1)</script>"><img src=x onerror=y>'


@pytest.fixture
def session(client):
    session = make_session(client, title="Numbers")
    for said, answer in (("One", "1"), ("Two", "2"), ("Three", "3")):
        add_turn(client, session["id"], said, answer)
    return session


def form_url(session, idx):
    return f"{session['html_url']}/messages/{idx}/edit"


def fields(page):
    """What the edit form holds."""
    inside = re.search(r'<form class="said edit".*?</form>', page.text, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', inside))


def send(client, session, content, headers=(), **form):
    return client.post(f"{session['html_url']}/edits", data={"content": content, **form}, headers=dict(headers))


def contents(client, session):
    return [message["content"] for message in read(client, session["id"])["messages"]]


@BOTH
def test_the_form_stands_in_the_place_of_the_message_and_holds_its_words(client, session, headers):
    page = client.get(form_url(session, 2), headers=headers)
    assert page.status_code == 200
    assert articles(page.text) == ([f"m-{n}" for n in range(1, 7)] if not headers else ["m-3"])
    assert draft(page) == "Two"
    assert {**fields(page), "key": ""} == {"idx": "2", "expected_last_idx": "5", "key": ""}
    assert "The 3 messages that follow it are replaced when the new answer is finished." in words(page.text)
    assert f'href="{session["html_url"]}?around=2#m-3"' in page.text


@pytest.mark.parametrize(
    ("idx", "note"), [(4, "The answer below it is replaced"), (0, "The 5 messages that follow it")]
)
def test_the_form_says_how_much_is_replaced(client, session, idx, note):
    assert note in words(client.get(form_url(session, idx), headers=PARTIAL).text)


def test_the_form_of_a_message_far_from_the_end_stands_among_its_neighbours(client):
    session = make_session(client)
    for number in range(40):
        add_turn(client, session["id"], f"Question {number}", "Noted.")
    page = client.get(form_url(session, 2))
    assert articles(page.text)[:3] == ["m-1", "m-2", "m-3"]
    assert "m-80" not in page.text
    assert draft(page) == "Question 1"


def test_a_first_line_break_and_markup_stay_as_they_were_said(client):
    session = make_session(client)
    add_turn(client, session["id"], "\n\n" + HOSTILE)
    for headers in ({}, PARTIAL):
        page = client.get(form_url(session, 0), headers=headers)
        assert draft(page) == "\n\n" + HOSTILE
        assert "<script>" not in page.text
        assert "<img" not in page.text


def test_cancelling_shows_the_message_again(client, session):
    answer = client.get(f"{session['html_url']}/messages/2/article", headers=PARTIAL)
    assert articles(answer.text) == ["m-3"]
    assert "Two" in words(answer.text)
    assert "<form" not in answer.text
    assert 'class="day"' not in client.get(f"{session['html_url']}/messages/0/article", headers=PARTIAL).text
    assert client.get(f"{session['html_url']}/messages/2/article").headers["Location"] == session["html_url"]


@BOTH
@pytest.mark.parametrize("idx", ["1", "6", "999999999", "9" * 30])
def test_only_messages_of_the_users_can_be_said_differently(client, session, headers, idx):
    for kind in ("edit", "article"):
        assert client.get(f"{session['html_url']}/messages/{idx}/{kind}", headers=headers).status_code == 404
        assert client.get(f"/sessions/{NOBODY}/messages/0/{kind}", headers=headers).status_code == 404


def test_what_is_sent_is_answered_in_its_place_and_what_followed_stays_until_then(app, client, session, gate):
    assistant = script(app, (gate, "Zwei!"))
    form = fields(client.get(form_url(session, 2), headers=PARTIAL))
    answer = send(client, session, "Zwei\r\nbitte", PARTIAL, **form)
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == session["html_url"]
    tab = Tab(client, session["html_url"])
    assert len(tab.numbers) == 6
    assert "Message 3 was edited. With its answer it replaces messages 3 to 6" in words(tab.end)
    assert "Zwei bitte" in words(tab.end)
    assert contents(client, session) == ["One", "1", "Two", "2", "Three", "3"]
    gate.open()
    tab.finish()
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert contents(client, session) == ["One", "1", "Zwei\nbitte", "Zwei!"]
    assert assistant.asked == [[("user", "One"), ("assistant", "1"), ("user", "Zwei\nbitte")]]


def test_without_htmx_it_waits_and_leads_to_the_chat(app, client, session):
    script(app, "Drei!")
    form = fields(client.get(form_url(session, 4)))
    answer = send(client, session, "Drei", **form)
    assert (answer.status_code, answer.headers["Location"]) == (303, session["html_url"])
    assert contents(client, session) == ["One", "1", "Two", "2", "Drei", "Drei!"]


@BOTH
def test_the_same_form_sent_twice_makes_one_turn(app, client, session, headers):
    assistant = script(app, "Drei!")
    form = fields(client.get(form_url(session, 4), headers=headers))
    first = send(client, session, "Drei", headers, **form)
    eventually(lambda: "Drei!" in contents(client, session))
    again = send(client, session, "Drei", headers, **form)
    assert first.status_code == again.status_code
    assert first.headers.get("Location") == again.headers.get("Location")
    assert len(assistant.asked) == 1
    assert len(contents(client, session)) == 6


@BOTH
def test_a_refusal_keeps_the_form_and_its_words_and_says_why(make_app, headers):
    app = make_app(max_content_chars=200)
    client, assistant = app.test_client(), script(app)
    session = make_session(client)
    add_turn(client, session["id"])
    for content, form, status, reason in (
        ("", {}, 422, "The message is empty"),
        ("\n" + HOSTILE + "x" * 200, {}, 422, "limit is 200"),
        ("Typed", {"expected_last_idx": "9"}, 409, "has changed"),
        ("Typed", {"assistant": "<nobody>"}, 422, "assistant"),
    ):
        page = send(client, session, content, headers, idx="0", **form)
        assert page.status_code == status
        assert reason in sentence(page)
        assert draft(page) == content
        assert fields(page)["expected_last_idx"] == "1"
        assert articles(page.text) == (["m-1", "m-2"] if not headers else ["m-1"])
        assert "<script>alert" not in page.text
        assert "<nobody>" not in page.text
    assert assistant.asked == []


@BOTH
def test_while_the_chat_is_being_answered_it_is_refused(app, client, session, gate, headers):
    script(app, (gate, "Hi."))
    Tab(client, session["html_url"]).send("Hello")
    page = send(client, session, "Typed", headers, idx="2")
    assert page.status_code == 409
    assert "answer is in progress" in sentence(page)
    assert draft(page) == "Typed"


def test_without_htmx_a_failure_shows_the_form_with_its_words(app, client, session):
    script(app, AssistantFailed("The <model> is out."))
    page = send(client, session, "Zwei", idx="2")
    assert page.status_code == 502
    assert "The <model> is out." in sentence(page)
    assert draft(page) == "Zwei"
    assert "take-back-form" not in page.text
    assert contents(client, session)[2:4] == ["Two", "2"]


def test_with_htmx_a_failure_waits_to_be_tried_again_and_nothing_was_replaced(app, client, session):
    script(app, AssistantFailed("Out."), "Zwei!")
    send(client, session, "Zwei", PARTIAL, idx="2")
    tab = Tab(client, session["html_url"])
    tab.finish()
    assert "Try again" in tab.end
    assert len(tab.numbers) == 6
    tab.retry()
    tab.finish()
    assert contents(client, session) == ["One", "1", "Zwei", "Zwei!"]
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]


@BOTH
@pytest.mark.parametrize("idx", ["4", "1", "99", "-1", "x", ""])
def test_where_the_message_is_no_more_its_words_are_not_lost(app, client, session, headers, idx):
    """Another tab said an earlier message differently, or the form makes no sense."""
    assistant = script(app, "Eins!")
    send(client, session, "Eins", idx="0")
    page = send(client, session, "Typed", headers, idx=idx, expected_last_idx="5")
    assert page.status_code == 409
    assert draft_of(page) == "Typed"
    page = send(client, session, "Typed", headers, idx=idx)
    assert page.status_code == 422
    assert draft_of(page) == "Typed"
    assert sentence(page)
    assert len(assistant.asked) == 1


def test_where_the_chat_is_no_more_the_words_can_be_sent_as_a_new_one(client):
    page = send(client, {"html_url": f"/sessions/{NOBODY}"}, "Typed", idx="0")
    assert page.status_code == 404
    assert draft(page) == "Typed"
    assert 'name="session_id"' not in page.text
    part = send(client, {"html_url": f"/sessions/{NOBODY}"}, "Typed", PARTIAL, idx="0")
    assert part.status_code == 404
    assert part.text.startswith('<p class="problem">')


def test_what_is_no_matter_of_its_words_leaves_the_form_where_it_is(client, session):
    form = client.get(form_url(session, 2), headers=PARTIAL).text
    for status in ("403", "404", "413", "5xx"):
        assert f'hx-status:{status}="target:#edit-problem-3 swap:innerHTML"' in form
    huge = send(client, session, "a" * 1_300_000, PARTIAL, idx="2")
    assert huge.status_code == 413
    assert huge.text.startswith('<p class="problem">')


def test_the_longest_message_can_be_said_however_it_is_written(client, session):
    page = send(client, session, "\U0001f511" * 100_001, PARTIAL, idx="2")
    assert page.status_code == 422
    assert "limit is 100,000" in sentence(page)
    assert draft(page) == "\U0001f511" * 100_001


@BOTH
def test_in_an_archived_chat_nothing_is_said_differently(app, client, session, headers):
    assistant = script(app)
    client.delete(session["url"])
    page = client.get(form_url(session, 2), headers=headers)
    assert page.status_code == 409
    assert "archived" in page.text
    refused = send(client, session, "Typed <b>", headers, idx="2")
    assert refused.status_code == 409
    assert "archived" in sentence(refused)
    assert draft(refused) == "Typed <b>"
    assert assistant.asked == []


def draft_of(page):
    """What was typed, wherever it is shown again: in the form, or else in the composer."""
    return draft(page)
