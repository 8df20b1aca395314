"""Renaming: POST /sessions/{id}/title."""

import re
from html import unescape

import pytest

from tests.support.doors import NOBODY, add_turn, hidden, make_session, read, sentence


def title_field(page):
    return unescape(re.search(r'id="title-field"[^>]*value="([^"]*)"', page.text)[1])


@pytest.fixture
def session(client):
    session = make_session(client)
    add_turn(client, session["id"], "Where is the key?")
    return session


def rename(client, session, title, **more):
    was = hidden(client.get(session["html_url"]), "was")
    return client.post(f"{session['html_url']}/title", data={"title": title, "was": was} | more)


def test_a_chat_is_renamed_and_shown_again(client, session):
    answer = rename(client, session, "  Keys &\t<doors> ")
    assert (answer.status_code, answer.headers["Location"]) == (303, session["html_url"])
    page = client.get(session["html_url"])
    assert title_field(page) == "Keys & <doors>"
    assert "<title>Keys &amp; &lt;doors&gt; · Minutebook</title>" in page.text
    assert read(client, session["id"])["title_source"] == "user"


def test_an_empty_title_goes_back_to_the_automatic_one(client, session):
    rename(client, session, "Keys")
    assert rename(client, session, " ").status_code == 303
    assert title_field(client.get(session["html_url"])) == "Where is the key?"


@pytest.mark.parametrize(("title", "reason"), [("a" * 201, "200"), ("a\0b", "NUL")])
def test_a_title_that_cannot_be_kept_comes_back_with_the_reason(client, session, title, reason):
    page = rename(client, session, title)
    assert page.status_code == 422
    assert reason in sentence(page)
    assert title_field(page) == title
    assert 'class="rename" open' in page.text
    assert 'aria-invalid="true"' in page.text
    assert read(client, session["id"])["title"] == "Where is the key?"


def test_a_title_changed_elsewhere_is_told_and_not_overwritten(client, session):
    page = rename(client, session, "Mine", was="What I saw")
    assert page.status_code == 409
    assert "renamed to “Where is the key?”" in sentence(page)
    assert title_field(page) == "Mine"
    assert read(client, session["id"])["title"] == "Where is the key?"
    again = client.post(f"{session['html_url']}/title", data={"title": "Mine", "was": hidden(page, "was")})
    assert again.status_code == 303
    assert read(client, session["id"])["title"] == "Mine"


def test_from_the_page_of_a_refusal_every_other_action_leads_back_to_a_page(client, session):
    refused = f"http://localhost{session['html_url']}/title"
    for action in ("pin", "unpin", "archive"):
        answer = client.post(f"{session['html_url']}/{action}", headers={"Referer": refused})
        assert answer.status_code == 303
        assert client.get(answer.headers["Location"], follow_redirects=True).status_code == 200
    answer = client.post("/theme", data={"theme": "dark"}, headers={"Referer": refused})
    assert client.get(answer.headers["Location"], follow_redirects=True).status_code == 200


def test_the_row_leads_to_the_open_form(client, session):
    assert f'href="{session["html_url"]}?rename"' in client.get("/sessions").text
    assert 'class="rename" open' in client.get(f"{session['html_url']}?rename").text
    assert 'class="rename" open' not in client.get(session["html_url"]).text


def test_what_is_not_there_is_not_found(client):
    assert client.post(f"/sessions/{NOBODY}/title", data={"title": "x"}).status_code == 404
