"""Reasoning on the page: folded above the answer, in no other place; and the actions of a failed answer."""

from __future__ import annotations

import re

import pytest

from tests.support.doors import script
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import Reasoning
from webapp.services.live import Thought
from webapp.web.thoughts import thinking_label, thought_html, thought_label

HELLO = {"content": "Hello", "assistant": "scripted"}


def test_it_is_folded_above_the_answer_and_is_not_copied(app, client):
    script(app, (Reasoning("<b>hm</b>"), "Grey."))
    session_id = client.post("/api/v1/chat", json=HELLO).json["session_id"]

    page = client.get(f"/sessions/{session_id}").text
    assert '<details class="thoughts"><summary>Thought for a moment</summary>' in page
    assert "&lt;b&gt;hm&lt;/b&gt;" in page
    assert "<b>hm" not in page
    (source,) = re.findall(r'href="([^"]*)" data-copy>Copy<span class="unseen"> message 2', page)
    assert client.get(source).text == "Grey."
    (reasoning,) = re.findall(r'href="([^"]*)" data-copy>Copy<span class="unseen"> the reasoning', page)
    copied = client.get(reasoning)
    assert (copied.text, copied.content_type) == ("<b>hm</b>", "text/plain; charset=utf-8")
    assert client.get(reasoning.replace("/1/", "/0/")).text == ""
    assert client.get(reasoning.replace("/1/", "/7/")).status_code == 404


def test_a_failed_answer_offers_what_its_text_allows(app, client):
    script(app, ("Under ", AssistantFailed("No.")), AssistantFailed("No."))
    told = client.post("/api/v1/chat", json=HELLO).json
    page = client.get(f"/sessions/{told['session_id']}").text
    for form in ("continue-form", "keep-form", "retry-form", "take-back-form"):
        assert f'id="{form}"' in page

    client.post(f"/sessions/{told['session_id']}/retries", data={"assistant": "scripted"})
    page = client.get(f"/sessions/{told['session_id']}").text
    assert 'id="retry-form"' in page
    assert "keep-form" not in page


def test_without_a_script_a_failure_shows_the_chat_with_what_came(app, client):
    script(app, ("Under ", AssistantFailed("It broke off.")))
    answer = client.post("/chat", data=HELLO)

    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "Under" in page
    assert "It broke off." in page


@pytest.mark.parametrize(("seconds", "label"), [(None, "Thought"), (0.2, "Thought for a moment"), (12.7, "Thought for 12 s"), (83, "Thought for 1 min 23 s")])  # fmt: skip
def test_the_time_is_told(seconds, label):
    assert thought_label(seconds) == label


def test_the_growing_reasoning_is_text():
    assert thinking_label(4.2) == "Thinking… 4 s"
    assert thought_html(Thought("<i>a", 4.2, True)).count("&lt;i&gt;a") == 1
    assert thought_html(Thought(" \n")) == ""
