"""The composer with htmx: what is sent is begun at once, and the page is told so."""

import pytest

from tests.support.accounts import ALICE
from tests.support.doors import NOBODY, add_turn, hidden, make_session, read, script, sentence
from tests.support.tabs import PARTIAL, Tab, articles, partials, words
from webapp.agent.protocol import AssistantFailed

LONG = 60


def fill(client, messages=LONG):
    session = make_session(client)
    for number in range(messages // 2):
        add_turn(client, session["id"], f"Question {number}", f"Answer {number}")
    return session


@pytest.fixture
def session(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"])
    return session


def test_a_message_is_answered_at_once_by_the_growing_turn_and_all_that_changes_with_it(app, client, session, gate):
    script(app, (gate, "Under the mat."))
    tab = Tab(client, session["html_url"])
    key = tab.state["key"]
    place = tab.end_id
    answer = tab.send("Where is the key?")
    assert answer.status_code == 200
    assert list(partials(answer.text)) == [place, "session-title", "head-facts", "composer", "session-list"]
    assert tab.numbers == ["m-1", "m-2"]
    assert "Where is the key?" in tab.end
    assert "Thinking…" in tab.end
    assert 'hx-sse:connect="/sessions/' in tab.end
    assert (tab.button, tab.draft()) == ("Stop", "")
    assert tab.state["key"] not in ("", key)
    assert tab.state["expected_last_idx"] == "1"
    assert "writing…" in tab.rows
    assert "2 messages" in tab.facts
    gate.open()
    tab.finish()
    assert tab.numbers == [f"m-{number}" for number in range(1, 5)]
    assert (tab.button, tab.state["expected_last_idx"]) == ("Send", "3")
    assert "writing…" not in tab.rows
    assert "4 messages" in tab.facts


def test_in_a_new_chat_it_says_where_the_chat_is(app, client, gate):
    script(app, (gate, "Hi."))
    answer = client.post("/chat", data={"content": "Hello"}, headers=PARTIAL)
    (session,) = client.get("/api/v1/sessions").json["data"]
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == session["html_url"]
    assert f'href="{session["html_url"]}"' in answer.text
    assert "Hello" in Tab(client, session["html_url"]).end


def test_a_page_that_was_opened_by_another_user_sends_nothing(client):
    assert hidden(client.get("/sessions"), "user") == ALICE.id
    for headers in ({}, PARTIAL):
        answer = client.post("/chat", data={"content": "For my chats alone", "user": NOBODY}, headers=headers)
        assert answer.status_code == 409
        assert "Another user has signed in with this browser" in answer.text
    page = client.post("/chat", data={"content": "For my chats alone", "user": NOBODY})
    assert "For my chats alone</textarea>" in page.text
    assert client.get("/api/v1/sessions").json["data"] == []


def test_the_first_message_of_an_empty_chat_names_it_everywhere(app, client):
    script(app, "Under the mat.")
    session = make_session(client)
    tab = Tab(client, session["html_url"])
    tab.send("Where is the <key>?")
    tab.finish()
    assert tab.numbers == ["m-1", "m-2"]
    assert tab.title == "Where is the &lt;key&gt;? · Minutebook"
    assert "Where is the &lt;key&gt;?" in tab.rows


def test_the_page_goes_on_turn_after_turn_without_being_loaded_again(app, client, session):
    script(app, "One.", "Two.", "Three.")
    tab = Tab(client, session["html_url"])
    for text in ("a", "b", "c"):
        assert tab.send(text).status_code == 200
        tab.finish()
    assert tab.numbers == [f"m-{number}" for number in range(1, 9)]
    assert [m["content"] for m in read(client, session["id"])["messages"][2:]] == [
        "a", "One.", "b", "Two.", "c", "Three.",
    ]  # fmt: skip
    assert set(tab.ignored) == {"session-title"}


def test_a_day_is_shown_once_however_many_turns_it_has(app, client):
    script(app)
    session = make_session(client)
    tab = Tab(client, session["html_url"])
    for text in ("a", "b"):
        tab.send(text)
        tab.finish()
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert tab.minutes.count('class="day"') == 1


def test_the_assistant_that_was_chosen_stays_chosen(app, client, session, gate):
    script(app, (gate, "Hi."))
    tab = Tab(client, session["html_url"])
    tab.send("Hello", assistant="archivist")
    assert '<option value="archivist" selected>' in tab.composer


def test_the_same_form_sent_twice_makes_one_turn(app, client, session, gate):
    assistant = script(app, (gate, "Hi."))
    tab = Tab(client, session["html_url"])
    form = tab.state
    assert tab.send("Hello").status_code == 200
    # The first answer was lost on its way.
    again = client.post("/chat", data=form | {"content": "Hello"}, headers=PARTIAL)
    assert again.status_code == 200
    assert "Hello" in words(again.text)
    gate.open()
    tab.finish()
    late = Tab(client, session["html_url"])
    after = client.post("/chat", data=form | {"content": "Hello"}, headers=PARTIAL)
    assert after.status_code == 200
    assert len(assistant.asked) == 1
    assert late.numbers == tab.numbers == ["m-1", "m-2", "m-3", "m-4"]


def test_a_first_message_sent_twice_makes_one_chat(app, client, gate):
    assistant = script(app, (gate, "Hi."))
    form = {"content": "Hello", "key": hidden(client.get("/sessions"), "key"), "expected_last_idx": "-1"}
    first, again = (client.post("/chat", data=form, headers=PARTIAL) for _ in range(2))
    gate.await_reply()
    gate.open()
    assert first.headers["HX-Redirect"] == again.headers["HX-Redirect"]
    assert len(client.get("/api/v1/sessions").json["data"]) == len(assistant.asked) == 1


def test_while_one_answer_is_written_the_next_message_waits_in_the_composer(app, client, session, gate):
    assistant = script(app, (gate, "Hi."))
    tab = Tab(client, session["html_url"])
    tab.send("Hello")
    refused = tab.send("And another thing")
    assert refused.status_code == 409
    assert "answer is in progress" in sentence(refused)
    assert "<textarea" not in refused.text
    gate.open()
    tab.finish()
    assert len(assistant.asked) == 1
    assert tab.send("And another thing").status_code == 200


def test_a_page_that_has_not_seen_the_last_minutes_is_refused_and_led_to_them(app, client, session):
    assistant = script(app)
    tab = Tab(client, session["html_url"])
    add_turn(client, session["id"], "From elsewhere")
    refused = tab.send("Typed")
    assert refused.status_code == 409
    assert "has changed" in sentence(refused)
    assert f'<a href="{session["html_url"]}" target="_blank" rel="noopener">' in refused.text
    assert assistant.asked == []
    assert tab.look().status_code == 200
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert tab.send("Typed").status_code == 200


def test_while_a_question_waits_unanswered_another_is_refused_and_the_same_tries_again(app, client, session):
    assistant = script(app, AssistantFailed("Out."), "Back.")
    tab = Tab(client, session["html_url"])
    tab.send("Where is the key?")
    tab.finish()
    refused = tab.send("Another thing")
    assert refused.status_code == 409
    assert "has no answer" in sentence(refused)
    assert tab.send("Where is the key?").status_code == 200
    tab.finish()
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert len(assistant.asked) == 2


def test_a_refusal_is_only_its_sentence(app, client):
    script(app)
    session = make_session(client)
    for form, status, reason in (
        ({"content": ""}, 422, "The message is empty"),
        ({"content": "a", "session_id": session["id"], "expected_last_idx": "5"}, 409, "has changed"),
        ({"content": "a", "session_id": NOBODY}, 404, "There is no such chat"),
        ({"content": "a", "session_id": "<b>"}, 404, "There is no such chat"),
        ({"content": "a", "assistant": "<b>"}, 422, "assistant"),
    ):
        answer = client.post("/chat", data=form, headers=PARTIAL)
        assert answer.status_code == status
        assert answer.text.startswith('<p class="problem">')
        assert reason in answer.text
        assert "<html" not in answer.text
        assert "<b>" not in answer.text


def test_what_was_meant_for_a_chat_that_is_gone_can_be_sent_as_a_new_one(app, client, session):
    script(app)
    tab = Tab(client, session["html_url"])
    client.delete(session["url"])
    client.delete(f"{session['url']}?purge=true")
    refused = tab.send("Typed")
    assert refused.status_code == 404
    # This is swapped like any other partial.
    tab.swap(refused.text[refused.text.index("<hx-partial") :])
    assert "session_id" not in tab.state
    assert "HX-Redirect" in tab.send("Typed").headers


def test_an_archived_chat_takes_no_message(app, client, session):
    assistant = script(app)
    tab = Tab(client, session["html_url"])
    client.delete(session["url"])
    refused = tab.send("Typed")
    assert (refused.status_code, assistant.asked) == (409, [])
    assert "archived" in sentence(refused)


@pytest.mark.parametrize("place", ["around=3", "before=10", "after=-1", "after=1"])
def test_a_page_from_the_middle_has_no_end_and_its_composer_leads_to_it(app, client, gate, place):
    script(app, (gate, "Hi."))
    session = fill(client)
    tab = Tab(client, f"{session['html_url']}?{place}" if place != "after=-1" else f"{session['html_url']}?around=0")
    assert "m-60" not in tab.numbers
    assert "hx-sse" not in tab.minutes
    assert "/retries" not in tab.minutes
    assert tab.button == "Send"
    answer = tab.send("Hello")
    assert answer.headers["HX-Redirect"] == session["html_url"]
    assert "Hello" in Tab(client, answer.headers["HX-Redirect"]).end


def test_a_middle_page_of_a_chat_that_is_being_answered_says_so_only_in_the_list(app, client, gate):
    script(app, (gate, "Hi."))
    session = fill(client)
    Tab(client, session["html_url"]).send("Hello")
    tab = Tab(client, f"{session['html_url']}?around=0")
    assert "writing…" in tab.rows
    assert "hx-sse" not in tab.minutes
    refused = tab.send("More")
    assert refused.status_code == 409
    assert "answer is in progress" in sentence(refused)


def test_scrolled_to_its_end_a_page_from_the_middle_shows_the_growing_answer(app, client, gate):
    script(app, (gate, "Hi."))
    session = fill(client)
    Tab(client, session["html_url"]).send("Hello")
    later = client.get(f"{session['html_url']}?after=40", headers=PARTIAL).text
    assert articles(later)[-1] == "m-60"
    assert "hx-sse:connect" in later
    assert "Hello" in words(later)
