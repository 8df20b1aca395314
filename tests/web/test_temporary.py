"""A temporary chat without JavaScript: the page carries the transcript, and the answer comes with the next page."""

import json
import re
import sqlite3
from contextlib import closing
from functools import partial
from html import unescape

import pytest
from werkzeug.datastructures import MultiDict

from tests.attacks.people import person
from tests.support.accounts import ALICE, RIGHT
from tests.support.carried import ago, carried_fields, carried_messages, turn_fields
from tests.support.doors import draft, hidden, script
from tests.support.hidden_fields import fields
from tests.support.rows import count_rows
from tests.support.tabs import PARTIAL
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import Reasoning
from webapp.ids import new_id

OUT = AssistantFailed("The model is out.")


@pytest.fixture
def rows(app):
    return partial(count_rows, app)


def ask(client, content, page=None, path="/temporary", **fields):
    carried = fields.pop("message", carried_fields(page) if page else [])
    return client.post(path, data={"content": content, "assistant": "scripted", "message": carried, **fields})


def said(page):
    return [message["content"] for message in carried_messages(page)]


def sentence(page):
    """The problem above the composer."""
    found = re.search(r'<p class="problem">(.*?)(?: <button.*?)?</p>', page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[1]).strip()


def keep(client, page=None, content="", **fields):
    return ask(client, content, page, "/temporary/keep", **{"key": new_id(), **fields})


def test_the_page_is_marked_and_empty(client):
    page = client.get("/temporary")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    heading = re.sub(r"<[^>]+>", "", page.text.partition("<h1")[2].partition("</h1>")[0]).partition(">")[2]
    assert heading.strip() == "Temporary chat · nothing is stored"
    assert 'aria-describedby="temporary-mark composer-keys"' in page.text
    assert "data-no-draft" in page.text
    assert "data-draft=" not in page.text.partition('id="composer"')[2]
    assert carried_fields(page) == []


def test_it_is_beside_the_new_chat_on_every_page(client):
    for path in ("/sessions", "/sessions/archived", "/search", "/account"):
        assert 'href="/temporary" data-temporary-chat' in client.get(path).text, path


def test_turns_follow_one_another_and_leave_no_row(app, client, rows):
    assistant = script(app, "So **bold**.", "And $x^2$.")
    before = rows()
    page = ask(client, "First\r\nline")
    assert page.status_code == 200
    assert "<strong>bold</strong>" in page.text
    assert draft(page) == ""
    page = ask(client, "Second", page)
    assert assistant.asked[1] == [("user", "First\nline"), ("assistant", "So **bold**."), ("user", "Second")]
    assert said(page) == ["First\nline", "So **bold**.", "Second", "And $x^2$."]
    assert "<math" in page.text
    assert rows() == before
    first, answer = carried_messages(page)[:2]
    assert first.keys() == {"role", "content", "create_time"}
    assert (answer["model"], answer["finish_reason"]) == ("scripted-1", "stop")
    assert first["create_time"] <= answer["create_time"]


def test_markup_of_a_message_is_text_wherever_it_stands(app, client):
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>&quot;'
    script(app, hostile)
    page = ask(client, hostile)
    assert said(page) == [hostile, hostile]
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


def test_reasoning_is_carried_and_folded(app, client):
    script(app, (Reasoning("Let me see."), "Yes."))
    page = ask(client, "Well?")
    assert carried_messages(page)[1]["reasoning"] == "Let me see."
    assert '<details class="thoughts">' in page.text


def test_a_failure_returns_the_question(app, client, rows):
    script(app, OUT)
    before = rows()
    page = ask(client, "Well?", message=turn_fields("a", "b"))
    assert page.status_code == 502
    assert (draft(page), said(page)) == ("Well?", ["a", "b"])
    assert sentence(page) == "The model is out."
    assert "Try again" in page.text
    assert rows() == before


def test_what_came_before_a_failure_stays(app, client):
    script(app, ("Part", OUT), "Whole")
    page = ask(client, "Well?")
    assert carried_messages(page)[1]["finish_reason"] == "broken_off"
    assert "Broke off before its end" in page.text
    assert sentence(page) == "The model is out. What came before is still here; Keep stores it as it is."
    page = ask(client, "half typed", page, "/temporary/retries")
    assert (said(page), draft(page)) == (["Well?", "Whole"], "half typed")


@pytest.mark.parametrize("headers", [{}, PARTIAL], ids=["plain", "htmx"])
def test_a_question_that_is_answered_anew_keeps_its_time(app, client, headers):
    script(app, "new")
    asked = ago(hours=2)
    data = {"content": "", "assistant": "scripted", "message": turn_fields("a", "b", at=asked)}
    page = client.post("/temporary/retries", data=data, headers=headers)
    messages = carried_messages(page)
    if headers:
        # The question stays where it is on the page.
        assert {message["role"] for message in messages} == {"assistant"}
        assert 'hx-target="#m-2" hx-swap="delete"' in page.text
        assert 'hx-target="#m-1"' not in page.text
    else:
        assert messages[0]["create_time"] == asked
    assert messages[-1]["create_time"] > asked


def test_a_new_answer_that_fails_leaves_the_old_one(app, client):
    script(app, OUT)
    page = ask(client, "half typed", path="/temporary/retries", message=turn_fields("a", "b"))
    assert (said(page), draft(page), page.status_code) == (["a", "b"], "half typed", 502)


def test_the_last_question_is_edited(app, client):
    assistant = script(app, "new")
    page = ask(client, "half typed", path="/temporary/edits", message=turn_fields("a", "b", "c", "d"))
    assert draft(page) == "c\n\nhalf typed"
    assert said(page) == ["a", "b", "c", "d"]
    assert 'name="replaces" value="yes" checked' in page.text
    assert "Replaces message 3 and its answer" in page.text
    page = ask(client, "C", page, replaces="yes")
    assert said(page) == ["a", "b", "C", "new"]
    assert assistant.asked == [[("user", "a"), ("assistant", "b"), ("user", "C")]]
    assert 'name="replaces"' not in page.text


def test_an_edit_that_fails_leaves_the_old_turn_and_goes_on_replacing_it(app, client):
    script(app, OUT)
    page = ask(client, "C", message=turn_fields("a", "b"), replaces="yes")
    assert (said(page), draft(page)) == (["a", "b"], "C")
    assert 'name="replaces" value="yes" checked' in page.text


@pytest.mark.parametrize("path", ["/temporary/retries", "/temporary/edits", "/temporary/keep"])
def test_an_empty_chat_has_nothing_to_act_on(client, path):
    page = ask(client, "half typed", path=path)
    assert page.status_code == 422
    assert "empty" in sentence(page)
    assert draft(page) == "half typed"


def test_keep_stores_all_of_it_with_its_own_times(app, client):
    asked, answered = ago(hours=30), ago(hours=29)
    fields = turn_fields(
        "Where?", "There.", at=asked, model="large", finish_reason="length", reasoning="Hm.", reasoning_seconds=2.5
    )
    fields += turn_fields("And now?", "Part", at=answered, model="large", finish_reason="broken_off")
    answer = keep(client, message=fields)
    assert answer.status_code == 303
    session = client.get(f"/api/v1{answer.headers['Location']}").json
    facts = [(m["content"], m["create_time"], m["model"], m["finish_reason"]) for m in session["messages"]]
    assert facts == [
        ("Where?", asked, None, None),
        ("There.", asked, "large", "length"),
        ("And now?", answered, None, None),
        ("Part", answered, "large", "broken_off"),
    ]
    assert (session["messages"][1]["reasoning"], session["messages"][1]["reasoning_seconds"]) == ("Hm.", 2.5)
    assert (session["created_at"], session["last_activity_at"], session["title"]) == (asked, answered, "Where?")
    assert session["assistant"] is None, "the scripted assistant is not offered here"
    assert "There." in client.get(answer.headers["Location"]).text
    hits = client.get("/api/v1/search?q=there").json["data"]
    assert [hit["session_id"] for hit in hits] == [session["id"]]


def test_a_kept_chat_goes_on(app, client):
    script(app, "One", "Two")
    page = ask(client, "Count")
    location = keep(client, page).headers["Location"]
    body = {"content": "On", "session_id": location.rpartition("/")[2]}
    assert client.post("/api/v1/chat", json=body).json["message_count"] == 4


def test_the_same_page_is_kept_once(client):
    key, fields = new_id(), turn_fields("a", "b")
    first, second = (keep(client, message=fields, key=key) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    other = keep(client, message=fields + turn_fields("c", "d"), key=key)
    assert other.headers["Location"] != first.headers["Location"]
    assert len(client.get("/api/v1/sessions").json["data"]) == 2


def test_what_is_typed_goes_into_the_stored_chat(client):
    page = keep(client, content="half typed", message=turn_fields("a", "b"))
    assert page.status_code == 200
    assert draft(page) == "half typed"
    assert 'name="session_id"' in page.text


AT = ago(minutes=1)
FORGED = {
    "no JSON": (["{"], "cannot be read"),
    "a million members": (["{" + ",".join(f'"a{n}":1' for n in range(100_000)) + "}"], "cannot be read"),
    "another shape": ([json.dumps({"role": "user"})], "cannot be read"),
    "another role": ([json.dumps({"role": "system", "content": "a", "create_time": AT})], "cannot be read"),
    "a time without a zone": (
        [json.dumps({"role": "user", "content": "a", "create_time": "2026-03-12T09:41:00"})],
        "cannot be read",
    ),
    "a year that is none in UTC": (
        [json.dumps({"role": "user", "content": "a", "create_time": "0001-01-01T00:00:00+14:00"})],
        "cannot be read",
    ),
    "half a character": ([f'{{"role":"user","content":"\\ud800","create_time":"{AT}"}}'], "cannot be read"),
    "an answer first": (turn_fields("a", "b")[::-1], "alternate"),
    "two questions": (turn_fields("a") * 2, "alternate"),
    "a question at the end": (turn_fields("a", "b", "c"), "without an answer"),
    "an empty answer": (turn_fields("a", " \n"), "empty"),
    "a NUL": (turn_fields("a", "b\0c"), "NUL"),
    "a NUL in the reasoning": (turn_fields("a", "b", reasoning="\0"), "NUL"),
    "a long name": (turn_fields("a", "b", model="x" * 201), "cannot be read"),
    "a number that is none": (
        [f'{{"role":"user","content":"a","create_time":"{AT}","reasoning_seconds":NaN}}'],
        "cannot be read",
    ),
    "a reasoning of the question": (
        [json.dumps({"role": "user", "content": "a", "create_time": AT, "reasoning": "x"}), turn_fields("a", "b")[1]],
        "Only answers",
    ),
    "the future": (turn_fields("a", "b", at=ago(days=-1)), "future"),
    "times that go back": (
        turn_fields("a", "b", at=ago(hours=1)) + turn_fields("c", "d", at=ago(hours=2)),
        "older than the one before",
    ),
    "too many": (turn_fields(*["a", "b"] * 250), "The limit is 400"),
}


@pytest.mark.parametrize("path", ["/temporary", "/temporary/keep"])
@pytest.mark.parametrize(("fields", "why"), FORGED.values(), ids=list(FORGED))
@pytest.mark.one_database("What is refused is refused before the database is asked.")
def test_a_forged_transcript_is_refused_and_what_is_typed_survives(app, client, rows, path, fields, why):
    assistant = script(app)
    before = rows()
    page = ask(client, "half typed", path=path, message=fields)
    assert page.status_code in {413, 422}, page.text
    assert why in sentence(page)
    assert draft(page) == "half typed"
    assert (assistant.asked, rows()) == ([], before)
    told = client.post(path, data={"content": "half typed", "message": fields}, headers=PARTIAL)
    assert told.status_code == page.status_code
    assert why in unescape(told.text)
    assert "<html" not in told.text


def test_times_of_more_than_a_year_ago_are_not_kept(client, rows):
    page = keep(client, message=turn_fields("a", "b", at=ago(days=400)))
    assert page.status_code == 422
    assert "more than a year old" in sentence(page)
    assert rows()["sessions"] == 0


def test_what_can_be_read_of_a_forged_transcript_stays(client):
    page = ask(client, "half typed", message=[*turn_fields("a", "b"), "{"])
    assert said(page) == ["a", "b"]


def test_texts_have_a_limit_together(make_app):
    app = make_app(max_content_chars=100)
    script(app)
    client = app.test_client()
    fields = turn_fields(*["x" * 100] * 22)
    page = ask(client, "Well?", message=fields[:18])
    assert page.status_code == 413
    assert "1,800 characters. The limit is 1,600" in sentence(page)
    assert len(said(page)) == 18
    assert ask(client, "Well?", message=fields[:16]).status_code == 200
    assert ask(client, "x" * 101, message=fields[:2]).status_code == 422
    assert keep(client, message=fields).status_code == 413
    assert keep(client, message=fields[:20]).status_code == 303, "what was answered can be kept"


def test_the_longest_chat_can_be_kept_and_says_that_it_is_full(app, client):
    script(app, "Last")
    page = ask(client, "Well?", message=turn_fields(*["a", "b"] * 199))
    assert len(said(page)) == 400
    assert "as long as one can be" in page.text
    full = ask(client, "Well?", page)
    assert (full.status_code, draft(full), len(said(full))) == (413, "Well?", 400)
    assert keep(client, page).status_code == 303


def test_a_form_with_ten_thousand_messages_is_refused(client):
    page = ask(client, "Well?", message=turn_fields(*["a", "b"] * 5_000))
    assert page.status_code == 400
    assert "more than 1,000 fields" in page.text


def test_ten_megabytes_are_refused_before_they_are_read(make_app):
    client = make_app(max_content_chars=1_000).test_client()
    page = ask(client, "Well?", message=["x" * 10_000_000])
    assert page.status_code == 413
    assert "too large" in page.text


def test_control_characters_other_than_nul_are_carried_as_they_are(app, client):
    odd = "a\x07\x1b[31m\u202e\u0085\v\f b"
    script(app, odd)
    page = ask(client, odd)
    assert said(page) == [odd, odd]
    location = keep(client, page).headers["Location"]
    assert [m["content"] for m in client.get(f"/api/v1{location}").json["messages"]] == [odd, odd]


def test_an_unknown_assistant_is_refused_and_left_out_of_a_kept_chat(app, client):
    page = ask(client, "Well?", assistant="nobody:none")
    assert page.status_code == 422
    assert draft(page) == "Well?"
    location = keep(client, message=turn_fields("a", "b"), assistant="nobody:none").headers["Location"]
    assert client.get(f"/api/v1{location}").json["assistant"] is None


def test_it_counts_against_the_limit_of_answers_at_once(make_app, gate):
    app = make_app(live_turns_each=1)
    script(app, (gate, "One"), "Two")
    client = app.test_client()
    body = {"content": "Hello", "stream": True}
    stream = iter(client.post("/api/v1/temporary", json=body).response)
    next(stream)
    gate.await_reply()
    page = ask(client, "Well?")
    assert page.status_code == 429
    assert draft(page) == "Well?"
    gate.open()
    assert b"One" in b"".join(stream)
    assert ask(client, "Well?").status_code == 200


def test_the_stream_shows_the_question_the_growing_answer_and_its_end(app, client, gate):
    script(app, (Reasoning("Hm."), "So **bo", gate, "ld**."))
    data = {"content": "Well?", "message": turn_fields("a", "b")}
    response = client.post("/temporary", data=data, headers=PARTIAL, buffered=False)
    assert response.content_type.startswith("text/event-stream")
    events = iter(response.response)
    opening = next(events).decode()
    assert [m["content"] for m in carried_messages(opening)] == ["Well?"]
    assert "data-stop-here" in opening
    grown = next(events).decode()
    while "So" not in grown:
        grown = next(events).decode()
    (part,) = carried_messages(grown)
    assert part["content"] == "So **bo"
    assert (part["finish_reason"], part["reasoning"]) == ("stopped", "Hm.")
    gate.open()
    ended = b"".join(events).decode().rpartition('data: <hx-partial hx-target="#live"')[2]
    assert [m["content"] for m in carried_messages(ended)] == ["Well?", "So **bold**."]
    assert '<article id="m-4"' in ended
    assert "<strong>bold</strong>" in ended
    assert "The assistant answered: So bold." in ended


def test_a_closed_connection_stops_it(app, client, gate):
    assistant = script(app, ("One", gate, "Two"))
    data = {"content": "Well?"}
    response = client.post("/temporary", data=data, headers=PARTIAL, buffered=False)
    next(iter(response.response))
    gate.await_reply()
    response.close()
    gate.open()
    script(app, "Next")
    assert said(ask(client, "Well?")) == ["Well?", "Next"]
    assert len(assistant.asked) == 1


def test_the_key_of_a_page_is_not_taken_by_its_messages(app, client, rows):
    script(app, "One")
    ask(client, "Well?", key=new_id())
    assert rows()["idempotency_keys"] == 0


def test_links_of_an_answer_have_the_prefix(make_app):
    app = make_app(url_prefix="/book")
    script(app, "See [it](/messages/x).")
    page = app.test_client().post("/book/temporary", data={"content": "Well?", "assistant": "scripted"})
    assert 'action="/book/temporary"' in page.text


def test_who_has_to_sign_in_again_loses_no_message(app, client, guest):
    script(app, "So.")
    carried = turn_fields("a <b>\n", "b\r\nc", "d", "e")
    page = guest.post("/temporary", data={"content": "Well?", "assistant": "scripted", "message": carried})
    assert page.status_code == 401
    assert page.headers["Cache-Control"] == "no-store"
    form = fields(page)
    assert form.getlist("message") == carried
    signed_in = guest.post("/sign-in", data=MultiDict([*form.items(multi=True), *RIGHT.items()]))
    assert (signed_in.status_code, signed_in.headers["Location"]) == (307, "/temporary")
    answered = guest.post("/temporary", data=form)
    assert said(answered) == ["a <b>\n", "b\r\nc", "d", "e", "Well?", "So."]


@pytest.mark.one_database("SQLite has one lock for all writers.")
@pytest.mark.parametrize("headers", [{}, PARTIAL], ids=["plain", "htmx"])
def test_a_busy_database_leaves_the_chat_on_the_page(make_app, tmp_path, headers):
    client = make_app(sqlite_lock_timeout=0.05).test_client()
    carried, key = turn_fields("a", "b"), new_id()
    data = {"content": "half typed", "key": key, "message": carried}
    with closing(sqlite3.connect(tmp_path / "minutebook.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        page = client.post("/temporary/keep", data=data, headers=headers)
    assert page.status_code == 503
    assert "try again" in page.text
    if not headers:
        assert (said(page), draft(page)) == (["a", "b"], "half typed")
    kept = client.post("/temporary/keep", data=data, headers=PARTIAL)
    assert (kept.status_code, kept.headers["HX-Redirect"].startswith("/sessions/")) == (200, True)


@pytest.fixture
def bob(app):
    with app.app_context():
        return person("bob")


ACTIONS = ["/temporary", "/temporary/retries", "/temporary/edits", "/temporary/keep"]


@pytest.mark.parametrize("path", ACTIONS)
@pytest.mark.parametrize("headers", [{}, PARTIAL], ids=["plain", "htmx"])
def test_a_page_is_no_use_to_who_signed_in_since(app, client, rows, bob, path, headers):
    assistant = script(app)
    owner = hidden(client.get("/temporary"), "user")
    assert owner == ALICE.id
    data = {"content": "half typed", "key": new_id(), "message": turn_fields("a", "b"), "user": owner}
    before = rows()
    refused = bob.client(app).post(path, data=data, headers=headers)
    assert refused.status_code == 409
    assert "another account" in sentence(refused)
    assert "alice" not in refused.text
    assert (rows(), assistant.asked) == (before, [])
    if headers:
        assert "<html" not in refused.text
    else:
        assert (said(refused), draft(refused)) == (["a", "b"], "half typed")
        # A second press is refused too.
        assert hidden(refused, "user") == owner
    assert client.post(path, data=data, headers=headers).status_code in {200, 303}


@pytest.mark.parametrize("path", ACTIONS)
def test_a_form_that_waited_for_the_sign_in_is_no_use_to_another(app, guest, rows, bob, path):
    assistant = script(app)
    data = {"content": "half typed", "key": new_id(), "message": turn_fields("a", "b"), "user": ALICE.id}
    form = fields(guest.post(path, data=data))
    signed_in = guest.post("/sign-in", data=MultiDict([*form.items(multi=True), *(RIGHT | {"name": "bob"}).items()]))
    assert (signed_in.status_code, signed_in.headers["Location"]) == (307, path)
    before = rows()
    refused = guest.post(path, data=form)
    assert refused.status_code == 409
    assert (said(refused), draft(refused), hidden(refused, "user")) == (["a", "b"], "half typed", ALICE.id)
    assert (rows(), assistant.asked) == (before, [])


def test_an_answered_page_is_still_its_users(app, client):
    script(app, "So.")
    page = ask(client, "Well?", user=ALICE.id)
    assert hidden(page, "user") == ALICE.id
    assert said(page) == ["Well?", "So."]


@pytest.mark.parametrize(
    ("typed", "field"),
    [("a", "a"), ("A", "A"), ("a\n\nmore", "a\n\nmore"), (" ", "a"), ("apple", "a\n\napple")],
)
def test_a_second_edit_doubles_nothing(client, typed, field):
    boxes = {} if typed == "apple" else {"replaces": "yes"}
    page = ask(client, typed, path="/temporary/edits", message=turn_fields("a", "b"), **boxes)
    assert draft(page) == field


def test_an_edit_twice_without_its_box_doubles_nothing(client):
    first = ask(client, "half", path="/temporary/edits", message=turn_fields("a", "b"))
    assert draft(first) == "a\n\nhalf"
    assert draft(ask(client, draft(first), first, "/temporary/edits")) == "a\n\nhalf"


@pytest.mark.parametrize(("typed", "left"), [("a", None), ("a\n\nhalf", "half"), ("A", "A"), ("a\n\n ", None)])
def test_a_question_that_was_to_be_edited_is_no_draft_of_the_stored_chat(client, typed, left):
    kept = keep(client, content=typed, message=turn_fields("a", "b"), replaces="yes")
    assert kept.status_code == (200 if left else 303)
    if left:
        assert draft(kept) == left
