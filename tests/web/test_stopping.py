"""Stopping an answer and taking a question back, with htmx and without: no word of the user's is lost."""

import pytest

from tests.support.doors import NOBODY, add_turn, draft, make_session, read, script
from tests.support.tabs import PARTIAL, Tab, partials, words
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed

QUESTION = "Where is the <key>?"


@pytest.fixture
def session(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"])
    return session


@pytest.fixture
def speechless(app, client, session, gate):
    """A tab whose question is being answered, without a word yet."""
    script(app, (gate, "Too late."))
    tab = Tab(client, session["html_url"])
    tab.send(QUESTION)
    return tab


@pytest.fixture
def speaking(app, client, session, gate):
    """A tab whose answer has begun."""
    script(app, ("Under the", gate, " mat."))
    tab = Tab(client, session["html_url"])
    tab.send(QUESTION)
    eventually(lambda: "Under the" in words(Tab(client, session["html_url"]).end))
    return tab


@pytest.fixture
def failed(app, client, session):
    """A tab whose question was not answered."""
    script(app, ("Under", AssistantFailed("The line broke.")))
    tab = Tab(client, session["html_url"])
    tab.send(QUESTION)
    tab.finish()
    return tab


def made(client, text=QUESTION):
    """A tab of a chat that was made for its question."""
    answer = client.post("/chat", data={"content": text}, headers=PARTIAL)
    return Tab(client, answer.headers["HX-Redirect"])


def count(client):
    return len(client.get("/api/v1/sessions?include_archived=true").json["data"])


def contents(client, session):
    return [message["content"] for message in read(client, session["id"])["messages"]]


def new_chat(answer):
    """What stands in the composer of the new chat that the whole window becomes."""
    assert answer.status_code == 200
    assert answer.headers["HX-Replace-Url"] == "/sessions"
    assert 'name="session_id"' not in answer.text
    return draft(answer)


def test_stopping_keeps_what_is_there_and_what_is_being_typed(client, session, speaking):
    answer = speaking.stop("typed since")
    assert answer.status_code == 200
    assert "composer" not in partials(answer.text)
    assert speaking.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert ">You stopped this<" in speaking.minutes
    assert (speaking.button, speaking.state["expected_last_idx"]) == ("Send", "3")
    assert contents(client, session)[2:] == [QUESTION, "Under the"]


def test_stopping_without_htmx_leads_to_the_chat(client, session, speaking):
    answer = client.post(f"{session['html_url']}/live/stop")
    assert (answer.status_code, answer.headers["Location"]) == (303, session["html_url"])
    assert contents(client, session)[2:] == [QUESTION, "Under the"]


@pytest.mark.parametrize(("typed", "drafted"), [("", QUESTION), ("typed\r\nsince", f"{QUESTION}\n\ntyped\nsince")])
def test_stopping_before_the_first_word_puts_the_question_before_what_is_being_typed(
    client, session, speechless, typed, drafted
):
    key = speechless.state["key"]
    assert speechless.stop(typed).status_code == 200
    assert speechless.draft() == drafted
    assert speechless.state["key"] != key
    assert "Where is" not in speechless.minutes
    assert speechless.numbers == ["m-1", "m-2"]
    assert speechless.button == "Send"
    assert len(contents(client, session)) == 2


def test_stopping_before_the_first_word_without_htmx_shows_the_page_with_the_question(client, session, speechless):
    page = client.post(f"{session['html_url']}/live/stop")
    assert page.status_code == 200
    assert draft(page) == QUESTION
    assert "hx-sse" not in page.text


def test_a_chat_that_was_made_for_the_question_becomes_a_new_one_again(app, client, gate):
    script(app, (gate, "Too late."))
    tab = made(client)
    gate.await_reply()
    assert new_chat(tab.stop("typed since")) == f"{QUESTION}\n\ntyped since"
    assert count(client) == 0


def test_without_htmx_it_becomes_the_page_of_a_new_chat(app, client, gate):
    script(app, (gate, "Too late."))
    tab = made(client)
    gate.await_reply()
    page = client.post(f"/sessions/{tab.state['session_id']}/live/stop")
    assert page.text.startswith("<!doctype html>")
    assert draft(page) == QUESTION
    assert 'name="session_id"' not in page.text
    assert count(client) == 0


def test_stopping_twice_shows_how_it_ended(client, session, speaking):
    speaking.stop()
    ended = speaking.minutes
    assert speaking.stop("typed").status_code == 200
    assert speaking.minutes == ended
    assert client.post(f"{session['html_url']}/live/stop").status_code == 303
    assert len(contents(client, session)) == 4


def test_what_is_typed_in_another_tab_outlives_the_chat_that_was_made_for_the_question(app, client, gate):
    script(app, (gate, "Too late."))
    tab = made(client)
    other = Tab(client, f"/sessions/{tab.state['session_id']}")
    gate.await_reply()
    tab.stop()
    assert new_chat(other.stop("typed elsewhere")) == "typed elsewhere"
    url = f"/sessions/{tab.state['session_id']}/live/take-back"
    assert new_chat(client.post(url, data={"content": "typed elsewhere"}, headers=PARTIAL)) == "typed elsewhere"


def test_where_nothing_runs_stopping_shows_the_chat(client, session):
    tab = Tab(client, session["html_url"])
    assert tab.stop("typed").status_code == 200
    assert tab.numbers == ["m-1", "m-2"]
    answer = client.post(f"{session['html_url']}/live/stop")
    assert (answer.status_code, answer.headers["Location"]) == (303, session["html_url"])
    assert draft(client.post(f"/sessions/{NOBODY}/live/stop", data={"content": "typed"})) == "typed"


def test_stopping_what_failed_leaves_it_to_be_tried_again(failed):
    assert failed.stop().status_code == 200
    assert "Try again" in failed.end


def test_a_turn_written_elsewhere_is_stopped_too(elsewhere, session, speaking):
    far = Tab(elsewhere, session["html_url"])
    assert far.stop().status_code == 200
    assert far.numbers == ["m-1", "m-2", "m-3", "m-4"]
    speaking.finish()
    assert speaking.numbers == far.numbers


def test_stopping_an_answer_that_is_made_anew_leaves_the_old_one_and_the_composer(app, client, session, gate):
    script(app, (gate, "Too late."))
    tab = Tab(client, session["html_url"])
    tab.retry()
    answer = tab.stop("typed")
    assert "composer" not in partials(answer.text)
    assert contents(client, session) == ["Hello", "Hi."]
    assert tab.numbers == ["m-1", "m-2"]


def test_stopping_an_edit_before_the_first_word_gives_its_words_back(app, client, session, gate):
    script(app, (gate, "Too late."))
    client.post(f"{session['html_url']}/edits", data={"idx": "0", "content": "Hallo"}, headers=PARTIAL)
    tab = Tab(client, session["html_url"])
    gate.await_reply()
    tab.stop()
    assert tab.draft() == "Hallo"
    assert contents(client, session) == ["Hello", "Hi."]


@pytest.mark.parametrize(("typed", "drafted"), [("", QUESTION), ("typed since", f"{QUESTION}\n\ntyped since")])
def test_a_question_that_failed_is_taken_back_before_what_is_being_typed(client, session, failed, typed, drafted):
    assert failed.discard(typed).status_code == 200
    assert failed.draft() == drafted
    assert "The line broke." not in failed.minutes
    assert "Regenerate" in failed.end
    assert len(contents(client, session)) == 2
    assert failed.send("Another").status_code == 200


def test_taking_back_without_htmx_shows_the_page_with_the_question(client, session, failed):
    page = client.post(f"{session['html_url']}/live/take-back")
    assert page.status_code == 200
    assert draft(page) == QUESTION
    assert "take-back-form" not in page.text


def test_taking_back_the_first_question_of_a_chat_that_was_made_for_it_leaves_no_chat(app, client):
    script(app, AssistantFailed("Out."), AssistantFailed("Out."))
    tab = made(client)
    tab.finish()
    assert new_chat(tab.discard("typed")) == f"{QUESTION}\n\ntyped"
    assert count(client) == 0
    tab = made(client)
    tab.finish()
    page = client.post(f"/sessions/{tab.state['session_id']}/live/take-back")
    assert page.text.startswith("<!doctype html>")
    assert draft(page) == QUESTION
    assert count(client) == 0


def test_taking_back_twice_shows_how_things_stand(client, session, failed):
    url = failed.form_url("live/take-back")
    failed.discard()
    answer = client.post(url, data={"content": "typed"}, headers=PARTIAL)
    assert answer.status_code == 200
    assert "composer" not in partials(answer.text)
    assert client.post(f"{session['html_url']}/live/take-back").headers["Location"] == session["html_url"]


def test_an_answer_that_is_being_written_is_stopped_not_taken_back(client, session, speechless):
    url = f"{session['html_url']}/live/take-back"
    for headers in ({}, PARTIAL):
        refused = client.post(url, headers=headers)
        assert refused.status_code == 409
        assert "Stop it first" in refused.text


def test_what_failed_to_be_made_anew_is_left_as_it_was(app, client, session):
    script(app, AssistantFailed("Out."))
    tab = Tab(client, session["html_url"])
    tab.retry()
    tab.finish()
    assert "Keep the old answer" in tab.end
    answer = tab.discard("typed")
    assert "composer" not in partials(answer.text)
    assert contents(client, session) == ["Hello", "Hi."]
    assert "Regenerate" in tab.end


def test_the_longest_text_there_may_be_can_be_in_the_composer_when_it_is_stopped_or_taken_back(
    app, client, session, speechless
):
    longest = "\U0001f511" * 100_000
    assert speechless.stop(longest).status_code == 200
    assert speechless.draft() == f"{QUESTION}\n\n{longest}"
    script(app, AssistantFailed("Out."))
    tab = Tab(client, session["html_url"])
    tab.send("Hello")
    tab.finish()
    assert tab.discard(longest).status_code == 200
    assert tab.draft() == f"Hello\n\n{longest}"
