"""A tab asks what is new: it is brought up to date wherever it stood."""

import pytest

from tests.support.doors import NOBODY, add_turn, make_session, script
from tests.support.tabs import PARTIAL, Tab, partials, words
from webapp.agent.protocol import AssistantFailed


@pytest.fixture
def session(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"], "Where?", "Here.")
    return session


def news(client, session, query):
    return client.get(f"{session['html_url']}/news{query}", headers=PARTIAL)


def test_where_nothing_changed_nothing_comes(client, session):
    tab = Tab(client, session["html_url"])
    answer = tab.look()
    assert (answer.status_code, answer.data) == (204, b"")
    assert Tab(client, make_session(client)["html_url"]).look().status_code == 204


def test_minutes_from_elsewhere_are_added_behind_those_that_are_shown(client, session):
    tab = Tab(client, session["html_url"])
    add_turn(client, session["id"], "More?", "More <b>.")
    answer = tab.look()
    assert "m-1" not in answer.text
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert tab.state["expected_last_idx"] == "3"
    assert words(tab.announcement) == "The assistant answered: More <b>."
    assert "4 messages" in tab.facts
    assert tab.minutes.count('class="day"') == 1
    assert tab.look().status_code == 204


def test_what_is_typed_stays_when_news_come(client, session):
    tab = Tab(client, session["html_url"])
    add_turn(client, session["id"])
    assert "composer" not in partials(tab.look().text)


def test_an_empty_chat_learns_of_its_first_minutes(client):
    session = make_session(client)
    tab = Tab(client, session["html_url"])
    add_turn(client, session["id"], "First", "Answer")
    tab.look()
    assert tab.numbers == ["m-1", "m-2"]
    assert tab.title == "First · Minutebook"
    assert tab.minutes.count('class="day"') == 1


def test_a_turn_that_began_elsewhere_is_shown_growing(app, client, session, gate):
    script(app, (gate, "Hi."))
    tab, other = Tab(client, session["html_url"]), Tab(client, session["html_url"])
    other.send("Hello")
    tab.look()
    assert "Hello" in tab.end
    assert tab.live_url == other.live_url
    assert tab.button == "Stop"
    assert tab.look().status_code == 204
    gate.open()
    tab.finish()
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]


def test_a_failure_elsewhere_is_shown_with_its_reason(app, client, session):
    script(app, AssistantFailed("The line broke."))
    tab, other = Tab(client, session["html_url"]), Tab(client, session["html_url"])
    other.send("Hello")
    other.finish()
    tab.look()
    assert "The line broke." in tab.end
    other.discard()
    tab.look()
    assert "The line broke." not in tab.minutes
    assert tab.numbers == ["m-1", "m-2"]
    assert "Regenerate" in tab.end


def test_what_was_replaced_elsewhere_is_shown_anew_from_the_beginning(app, client, session):
    script(app, "There.", "Over there.")
    add_turn(client, session["id"], "Sure?", "Yes.")
    tab, other = Tab(client, session["html_url"]), Tab(client, session["html_url"])
    other.retry()
    other.finish()
    assert "Yes." not in other.minutes
    answer = tab.look()
    assert "minutes" in partials(answer.text)
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert "There." in tab.minutes
    assert "Yes." not in tab.minutes
    other.post(f"{session['html_url']}/edits", idx="0", content="Where is it?", expected_last_idx="3")
    other = Tab(client, session["html_url"])
    other.finish()
    if tab.look().status_code == 200:
        tab.finish()
    assert tab.numbers == other.numbers == ["m-1", "m-2"]
    assert "Where is it?" in tab.minutes
    assert tab.look().status_code == 204


@pytest.mark.parametrize("more", [24, 25, 30])
def test_more_than_a_page_of_news_is_the_newest_page(client, session, more):
    tab = Tab(client, session["html_url"])
    for number in range(more):
        add_turn(client, session["id"], f"Question {number}", "Noted.")
    tab.look()
    count = 2 + 2 * more
    assert tab.numbers == [f"m-{number}" for number in range(max(1, count - 49), count + 1)]
    assert ('id="earlier"' in tab.minutes) == (count > 50)
    assert tab.look().status_code == 204


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?after=1",
        "?after=1&last=nonsense",
        "?after=0",
        "?after=999999999&last=x",
        "?after=9999999999&last=x",
        "?after=-5",
        "?after=%C2%B2",
        "?last=%00&attempt=%00&state=%00",
        "?attempt=%3Cscript%3E&state=%22%3E",
        "?cursor=x&under=%3Cb%3E",
        "?before=1&day=x",
    ],
)
def test_whatever_a_tab_says_it_shows_it_is_brought_up_to_date(client, session, query):
    for address in ("news", "live"):
        answer = client.get(f"{session['html_url']}/{address}{query}", headers=PARTIAL)
        assert answer.status_code == 200
        assert "Here." in answer.text or query == "?after=0"
        assert "<script" not in answer.text
        assert "<b>" not in answer.text


def test_without_htmx_it_is_the_page(client, session):
    for query in ("", "?after=1&last=x"):
        answer = client.get(f"{session['html_url']}/news{query}")
        assert (answer.status_code, answer.headers["Location"]) == (303, session["html_url"])
    url = Tab(client, session["html_url"]).news_url
    assert client.get(url).status_code == 303


def test_a_chat_that_is_gone_has_no_news(client):
    assert client.get(f"/sessions/{NOBODY}/news", headers=PARTIAL).status_code == 404
    assert client.get(f"/sessions/{NOBODY}/news").status_code == 404
