"""A whole page or a fragment: told by one header, and told apart by caches."""

import re

import pytest

from tests.doors import NOBODY, hidden, make_session, script
from webapp.agent.protocol import AssistantFailed

PARTIAL = {"HX-Request-Type": "partial"}
ADDRESSES = ["/sessions", "/sessions/{id}", "/sessions/archived", "/sessions?q=a", f"/sessions/{NOBODY}", "/nothing"]


def vary(answer):
    return {name.strip().lower() for name in answer.headers.get("Vary", "").split(",")}


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_a_partial_request_gets_a_fragment(client, address):
    address = address.format(id=make_session(client)["id"])
    for headers in (
        {},
        {"HX-Request": "true"},
        {"HX-Request-Type": "full"},
        {"HX-Request": "true", "HX-Request-Type": "full"},
    ):
        page = client.get(address, headers=headers)
        assert page.text.startswith("<!doctype html>")
        assert "hx-request-type" in vary(page)
    part = client.get(address, headers=PARTIAL)
    assert "<html" not in part.text
    assert "hx-request-type" in vary(part)


def test_a_redirect_is_told_apart_too(client):
    session = make_session(client)
    assert "hx-request-type" in vary(client.post(f"{session['html_url']}/pin"))


def test_to_htmx_a_sent_message_comes_back_as_its_two_minutes_and_what_changed_with_them(app, client):
    script(app, "Under the mat.")
    session = make_session(client)
    page = client.get(session["html_url"])
    form = {name: hidden(page, name) for name in ("session_id", "expected_last_idx", "key", "shown_day")}
    answer = client.post("/chat", data=form | {"content": "Where is the key?"}, headers=PARTIAL)
    assert answer.status_code == 200
    assert re.findall(r'<article id="(m-\d+)"', answer.text) == ["m-1", "m-2"]
    assert re.findall(r'<hx-partial hx-target="([^"]+)"', answer.text) == [
        "#session-header",
        "#composer",
        "#session-list",
    ]
    assert hidden(answer, "expected_last_idx") == "1"
    assert hidden(answer, "key") != form["key"]
    assert f'id="row-{session["id"]}"' in answer.text
    assert "<title>Where is the key? · Minutebook</title>" in answer.text
    assert "hx-request-type" in vary(answer)


def test_a_second_message_of_the_day_repeats_no_day(app, client):
    script(app)
    session = make_session(client)
    form = {"session_id": session["id"], "shown_day": ""}
    first = client.post("/chat", data=form | {"content": "a"}, headers=PARTIAL)
    assert 'class="day"' in first.text
    second = client.post(
        "/chat", data=form | {"content": "b", "shown_day": hidden(first, "shown_day")}, headers=PARTIAL
    )
    assert re.findall(r'<article id="(m-\d+)"', second.text) == ["m-3", "m-4"]
    assert 'class="day"' not in second.text


def test_to_htmx_the_first_message_says_where_its_chat_is(app, client):
    script(app)
    answer = client.post("/chat", data={"content": "Hello"}, headers=PARTIAL)
    (session,) = client.get("/api/v1/sessions").json["data"]
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == session["html_url"]
    assert f'href="{session["html_url"]}"' in answer.text


def test_to_htmx_a_form_sent_again_says_where_its_turn_went(app, client):
    assistant = script(app)
    session = make_session(client)
    form = {"session_id": session["id"], "expected_last_idx": "-1", "key": "k", "content": "Hello"}
    client.post("/chat", data=form, headers=PARTIAL)
    again = client.post("/chat", data=form, headers=PARTIAL)
    assert again.headers["HX-Redirect"] == session["html_url"]
    assert len(assistant.asked) == 1


def test_to_htmx_a_refusal_is_only_its_sentence(app, client):
    script(app, AssistantFailed("The <model> is out."))
    session = make_session(client)
    for form, status, reason in (
        ({"content": ""}, 422, "The message is empty"),
        ({"content": "a", "session_id": session["id"], "expected_last_idx": "5"}, 409, "moved on"),
        ({"content": "a", "session_id": NOBODY}, 404, "There is no such chat"),
        ({"content": "a"}, 502, "The &lt;model&gt; is out."),
    ):
        answer = client.post("/chat", data=form, headers=PARTIAL)
        assert answer.status_code == status
        assert answer.text.startswith('<p class="problem">')
        assert reason in answer.text
        assert "<html" not in answer.text
