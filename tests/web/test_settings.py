"""The pages of instructions and parameters, and how a transcript shows them."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.support.doors import NOBODY, hidden, read, script, sentence
from webapp.web.instructions import made_with_note

ACCOUNT = "/settings/instructions"


def post(client, address, **fields):
    tag = hidden(client.get(address), "tag")
    return client.post(address, data={"tag": tag, **fields})


def of_chat(session_id):
    return f"/sessions/{session_id}/settings"


def typed(page):
    return unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1]).removeprefix("\n")


@pytest.fixture
def session_id(app, client):
    script(app)
    return client.post("/api/v1/chat", json={"content": "Hello"}).json["session_id"]


def ask(client, session_id, content="And now?"):
    return client.post("/api/v1/chat", json={"content": content, "session_id": session_id}).json


def test_standing_instructions_are_set_shown_and_removed(client):
    answer = post(client, ACCOUNT, instructions="\nBe brief.\r\nIn verse. ")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ACCOUNT}?done=saved")
    assert typed(client.get(ACCOUNT)) == "Be brief.\nIn verse."
    assert "Saved." in client.get(f"{ACCOUNT}?done=saved").text
    post(client, ACCOUNT, instructions="")
    assert client.get("/api/v1/account/settings").json == {"instructions": None}


def test_a_chat_is_set_and_its_menu_leads_there(client, session_id):
    assert f'href="{of_chat(session_id)}"' in client.get(f"/sessions/{session_id}").text
    answer = post(client, of_chat(session_id), instructions="Be brief.", temperature="0,7", max_tokens=" 500 ")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions/{session_id}")
    page = client.get(of_chat(session_id)).text
    assert 'value="0.7"' in page
    assert 'value="500"' in page
    post(client, of_chat(session_id), instructions="", temperature="", max_tokens="")
    found = client.get(f"/api/v1/sessions/{session_id}/settings").json
    assert (found["instructions"], found["temperature"], found["max_tokens"]) == (None, None, None)


@pytest.mark.one_database("What is refused is the same on both databases.")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", "warm"),
        ("temperature", "3"),
        ("temperature", "nan"),
        ("temperature", "-0.1"),
        ("max_tokens", "0"),
        ("max_tokens", "1.5"),
        ("max_tokens", "many"),
        ("max_tokens", "9" * 19),
        ("max_tokens", "٣"),
        ("instructions", "x" * 20_001),
        ("instructions", "a\0b"),
    ],
)
def test_what_is_none_is_refused_and_what_was_typed_stays(client, session_id, field, value):
    fields = {"instructions": "Be brief.", "temperature": "0.3", "max_tokens": "9"} | {field: value}
    page = post(client, of_chat(session_id), **fields)
    assert page.status_code == 422
    assert re.search(rf'id="problem-{field}" class="field-problem">[A-Z][^<]+\.<', page.text)
    assert typed(page) == fields["instructions"].replace("\0", typed(page)[1:2])
    for name in ("temperature", "max_tokens"):
        assert f'value="{fields[name]}"' in page.text
    assert client.get(f"/api/v1/sessions/{session_id}/settings").json["temperature"] is None


def test_a_form_that_shows_an_older_state_is_refused_with_what_was_typed(client, session_id):
    for address in (ACCOUNT, of_chat(session_id)):
        tag = hidden(client.get(address), "tag")
        post(client, address, instructions="From another tab.")
        page = client.post(address, data={"tag": tag, "instructions": "Mine."})
        assert page.status_code == 412
        assert "changed in the meantime" in sentence(page)
        assert typed(page) == "Mine."
        assert '<dd dir="auto">From another tab.</dd>' in page.text
        # The form has the present state, so that sending it again is a decision.
        again = client.post(address, data={"tag": hidden(page, "tag"), "instructions": "Mine."})
        assert again.status_code == 303


def test_a_form_changes_only_the_fields_that_it_has(client, session_id):
    post(client, ACCOUNT, instructions="Be brief.")
    assert client.post(ACCOUNT, data={}).status_code == 303
    assert typed(client.get(ACCOUNT)) == "Be brief."
    post(client, of_chat(session_id), instructions="Be kind.", temperature="0.123456789", max_tokens="9")
    page = client.get(of_chat(session_id))
    assert 'value="0.123456789"' in page.text
    client.post(of_chat(session_id), data={"max_tokens": ""})
    stored = client.get(f"/api/v1/sessions/{session_id}/settings").json
    assert (stored["instructions"], stored["temperature"], stored["max_tokens"]) == ("Be kind.", 0.123456789, None)


def test_a_chat_that_is_not_there_has_none(client):
    for answer in (client.get(of_chat(NOBODY)), client.post(of_chat(NOBODY), data={"instructions": "a"})):
        assert answer.status_code == 404
    assert client.get(f"/instructions/{NOBODY}/strike").status_code == 404
    assert client.post(f"/instructions/{NOBODY}/strike").status_code == 404


def test_a_transcript_shows_them_at_its_head_and_where_they_change(client, session_id):
    post(client, ACCOUNT, instructions="I am <b>Ann</b>.")
    post(client, of_chat(session_id), instructions="x\n" * 40, temperature="0.2", max_tokens="1500")
    ask(client, session_id)
    post(client, ACCOUNT, instructions="")
    ask(client, session_id, "Still?")
    page = client.get(f"/sessions/{session_id}").text
    labels = re.findall(r"<span>([^<]*[Ii]nstructions[^<]*)</span> · <time", page)
    assert labels == [
        "Your instructions from here on",
        "Instructions for this chat from here on",
        "Your instructions end here",
    ]
    assert "I am &lt;b&gt;Ann&lt;/b&gt;." in page
    # A long text is folded.
    assert re.findall(r'<details class="instruction"( open)?>', page) == [" open", ""]
    assert page.count("made with temperature 0.2, at most 1,500 tokens") == 2
    places = [
        page.index(part) for part in ('id="m-2"', labels[0], labels[1], 'id="m-3"', 'id="m-4"', labels[2], 'id="m-5"')
    ]
    assert places == sorted(places)


def test_a_new_chat_shows_them_before_its_first_message(app, client):
    script(app)
    post(client, ACCOUNT, instructions="Be brief.")
    session_id = client.post("/api/v1/chat", json={"content": "Hello"}).json["session_id"]
    page = client.get(f"/sessions/{session_id}").text
    assert page.index("<span>Your instructions</span>") < page.index('id="m-1"')


def test_earlier_and_new_messages_come_with_theirs(client, session_id):
    post(client, of_chat(session_id), instructions="Be brief.")
    ask(client, session_id)
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    assert "Be brief." in client.get(f"/sessions/{session_id}?before=4&day=", headers=htmx).text
    last = read(client, session_id)["messages"][1]["id"]
    news = client.get(f"/sessions/{session_id}/news?after=1&last={last}&attempt=&state=&named=", headers=htmx)
    assert news.text.count('<details class="instruction"') == 1


def test_the_page_asks_before_a_text_is_removed_and_goes_back(client, session_id):
    post(client, of_chat(session_id), instructions="The code is Quetzalfrost.")
    ask(client, session_id)
    page = client.get(f"/sessions/{session_id}")
    address = re.search(r'href="(/instructions/[^"]+/strike)"', page.text)[1]
    question = client.get(address, headers={"Referer": f"http://localhost/sessions/{session_id}"})
    assert "Quetzalfrost" in question.text
    answer = client.post(address, data={"back": hidden(question, "back")})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions/{session_id}")
    page = client.get(f"/sessions/{session_id}").text
    assert "Quetzalfrost" not in page
    assert "text removed on <time" in page
    assert "This text was removed on" in client.get(address).text
    assert "Text of instructions removed" in client.get("/account/trail").text


@pytest.mark.parametrize("back", ["https://evil.example/x", "//evil.example", "javascript:x", "", "/sessions/nothing"])
def test_it_goes_back_to_this_app_only(client, session_id, back):
    post(client, of_chat(session_id), instructions="Be brief.")
    ask(client, session_id)
    text_id = read(client, session_id)["instructions"][0]["text_id"]
    answer = client.post(f"/instructions/{text_id}/strike", data={"back": back})
    assert answer.headers["Location"] == "/sessions"


@pytest.mark.parametrize(
    ("made_with", "note"),
    [
        (None, ""),
        ({}, ""),
        ({"temperature": 0}, "made with temperature 0"),
        ({"temperature": 0.25, "top_p": 1.0}, "made with temperature 0.25, top-p 1"),
        ({"max_tokens": 12345}, "made with at most 12,345 tokens"),
    ],
)
def test_the_line_of_an_answer_says_what_was_set(made_with, note):
    assert made_with_note(made_with) == note
