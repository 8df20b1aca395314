"""The search page."""

import re

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, stranger
from tests.support.doors import add_turn, make_session
from tests.support.library import fill


def hits(text):
    return re.findall(r'class="card-title" href="([^"]+)"><span', text)


def test_without_words_it_asks_for_some(client):
    page = client.get("/search")
    assert page.status_code == 200
    assert "Every word must occur" in page.text


def test_hits_show_where_the_words_stand_and_lead_there(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"], "Where?", "The <b>spare</b> key & the mat")
    page = client.get("/search?q=spare+key")
    assert hits(page.text) == [f"{session['html_url']}?around=1#m-2"]
    assert "The &lt;b&gt;<mark>spare</mark>&lt;/b&gt; <mark>key</mark> &amp; the mat" in page.text
    assert 'id="m-2"' in client.get(hits(page.text)[0]).text
    assert 'value="spare key"' in page.text


def test_chats_called_so_stand_above(client):
    session = make_session(client, title="Kitchen tiles")
    client.delete(session["url"])
    page = client.get("/search?q=tiles").text
    assert f'href="{session["html_url"]}" dir="auto">Kitchen tiles</a>' in page
    assert "archived" in page


def test_nothing_found_says_so(client):
    assert "No message has all of these words" in client.get("/search?q=pomegranate").text


def test_hits_go_on_page_after_page_newest_first(app, client):
    with app.app_context():
        (session_id,) = fill(ALICE, 1, messages=100)
    text = client.get("/search?q=said&order=newest").text
    found = hits(text)
    while more := re.search(r'class="more" href="(/search[^"]+)"', text):
        text = client.get(more[1].replace("&amp;", "&"), headers={"HX-Request-Type": "partial"}).text
        assert text.startswith('<li class="card">')
        found += hits(text)
    assert found == [f"/sessions/{session_id}?around={idx}#m-{idx + 1}" for idx in range(99, 0, -2)]


def test_somebody_elses_words_are_never_found(app, client):
    with app.app_context():
        chat(stranger(), "a pomegranate", title="pomegranate")
    assert 'class="card"' not in client.get("/search?q=pomegranate").text


@pytest.mark.parametrize(("query", "reason"), [("q=" + "a" * 1_001, "at most 1,000"), ("q=a%00b", "NUL")])
def test_words_that_cannot_be_asked_for_are_told_in_place(client, query, reason):
    page = client.get(f"/search?{query}")
    assert page.status_code == 422
    assert reason in re.search(r'<p class="problem" role="alert">([^<]*)', page.text)[1]
    assert 'value="a' in page.text


@pytest.mark.parametrize(
    "words", ["%22%27%3C%3E%26", "C%2B%2B", "foo+AND", "*", "%ff%fe", "%F0%9F%94%91", "a+%26+b+%7C+%21c"]
)
def test_whatever_is_typed_is_only_words(client, words):
    add_turn(client, make_session(client)["id"], "Nothing of the sort")
    page = client.get(f"/search?q={words}")
    assert page.status_code == 200
    assert 'class="card"' not in page.text


def test_filters_are_shown_and_can_be_taken_off(client):
    add_turn(client, make_session(client)["id"], "A pomegranate")
    page = client.get("/search?q=pomegranate+role:user").text
    assert 'aria-label="Take off role:user"' in page
    assert 'href="/search?q=pomegranate+&amp;order=best"' in page
    assert 'class="card"' in page
    assert 'class="card"' not in client.get("/search?q=pomegranate+role:assistant+").text


def test_the_histogram_leads_to_the_messages_of_each_bar(app, client):
    session = make_session(client)
    for year, month in ((2024, 3), (2024, 3), (2025, 6)):
        question = {"content": "A pomegranate", "create_time": f"{year}-{month:02}-10T12:00:00Z"}
        client.post(f"{session['url']}/turns", json={"user": question, "assistant": {"content": "Yes"}})
    page = client.get("/search?q=pomegranate").text
    assert re.findall(r"<title>([^<]+)</title>", page)[1:] == ["March 2024: 2", "June 2025: 1"]
    (address,) = re.findall(r'<a href="([^"]+)"\s+aria-label="March 2024: 2"', page)
    narrowed = client.get(address.replace("&amp;", "&")).text
    assert narrowed.count('class="card"') == 2
    assert 'aria-label="Take off on:2024-03"' in narrowed
    incomplete = client.get("/search?q=pomegr").text
    (address,) = re.findall(r'<a href="([^"]+)"\s+aria-label="March 2024: 2"', incomplete)
    assert client.get(address.replace("&amp;", "&")).text.count('class="card"') == 2
    counted = client.get("/api/v1/search/histogram?q=pomegranate&bin=year").json
    assert [each["count"] for each in counted["bins"]] == [2, 1]


def test_words_that_no_message_has_together_are_told(client):
    add_turn(client, make_session(client)["id"], "A pomegranate")
    page = client.get("/search?q=pomegranate+volcano").text
    assert "No message has all of these words. These have some of them." in page
    assert 'class="card"' in page


def test_the_order_is_a_link_and_stays(client):
    add_turn(client, make_session(client)["id"], "A pomegranate")
    assert 'href="/search?q=pomegranate&amp;order=newest"' in client.get("/search?q=pomegranate").text
    page = client.get("/search?q=pomegranate&order=newest").text
    assert "newest first" in page
    assert '<input type="hidden" name="order" value="newest">' in page
