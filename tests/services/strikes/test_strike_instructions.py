"""A struck text of instructions is nowhere any more, and every transcript with it is as it was."""

from __future__ import annotations

import json

import pytest

from tests.services.strikes.test_strike import SECRET, assert_gone, everything, findings, places_of
from tests.support.cast import chat, ended, stranger
from tests.support.doors import NOBODY, script
from tests.support.scripted_assistants import answers, ask, fail, held, offer, run
from webapp.errors import Answering, NotFound
from webapp.services.accounts.audit_log import list_events
from webapp.services.instructions.settings import (
    change_account_settings,
    change_chat_settings,
    get_account_settings,
    get_chat_settings,
)
from webapp.services.live import SystemMessage, get_live_turn, keep, read_page_with_live
from webapp.services.sessions.changes import archive_session, get_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.strikes.instructions import strike_instruction
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage

PASTED = f"Sign in with {SECRET} and zyzzyva7."


@pytest.fixture(autouse=True)
def model(user):
    return offer(*answers("Noted."))


def asked(user, content="A", session_id=None, **more):
    return run(user, content, session_id, assistant="scripted", **more).turn.session.id


def said(user, session_id):
    return [
        (fact.at_idx, fact.content, bool(fact.struck_at)) for fact in read_transcript(user, session_id).instructions
    ]


def text_id(user, session_id):
    return read_transcript(user, session_id).instructions[0].text_id


def test_it_goes_from_every_chat_and_setting_and_the_file(user):
    change_account_settings(user, {"instructions": PASTED})
    first = asked(user)
    fork = fork_session(user, first, 1)
    other = chat(user, "Hello").id
    change_chat_settings(user, other, {"instructions": PASTED})
    asked(user, "B", other)
    run(user, None, first, assistant="scripted")
    before = get_session(user, first).revision

    strike_instruction(user, text_id(user, first))

    assert_gone(SECRET, "zyzzyva7")
    assert get_account_settings(user).instructions is None
    assert get_chat_settings(user, other).instructions is None
    for session_id in (first, fork.id):
        assert said(user, session_id) == [(0, "", True)]
    assert said(user, other) == [(2, "", True), (2, "", True)]
    assert get_session(user, first).revision == before + 1
    assert findings() == []
    assert [event.kind for event in list_events(user).data][:1] == ["instructions-struck"]


def test_what_waits_for_an_undo_goes_too(user):
    session_id = asked(user)
    change_chat_settings(user, session_id, {"instructions": PASTED})
    asked(user, "B", session_id)
    found = read_transcript(user, session_id).instructions[0].text_id
    change_chat_settings(user, session_id, {"instructions": None})
    asked(user, "C", session_id, edits_idx=2)
    assert any(SECRET in value for _, _, value in everything())

    strike_instruction(user, found)
    assert_gone(SECRET)
    assert findings() == []


def test_a_failed_turn_forgets_it_and_keeps_its_question(user):
    change_account_settings(user, {"instructions": PASTED})
    session_id = asked(user)
    fail(user, "And now?", session_id)
    assert get_live_turn(user, session_id).system_messages == [[0, PASTED, "system", "user"]]
    strike_instruction(user, text_id(user, session_id))
    assert_gone(SECRET)
    live = get_live_turn(user, session_id)
    assert live.content == "And now?"
    ((place, content, role, origin, _struck),) = live.system_messages
    assert (place, content, role, origin) == (0, "", "system", "user")


def test_a_part_that_is_kept_was_made_with_it(user):
    session_id = asked(user)
    change_chat_settings(user, session_id, {"instructions": PASTED})
    asked(user, "B", session_id)
    fail(user, "And now?", session_id)
    strike_instruction(user, text_id(user, session_id))
    assert list(read_page_with_live(user, session_id)[0].pending) == []
    keep(user, session_id)
    assert said(user, session_id) == [(2, "", True)]
    assert_gone(SECRET)
    offer(*answers("Noted."))
    asked(user, "C", session_id)
    assert said(user, session_id) == [(2, "", True), (6, None, False)]
    assert findings() == []


@pytest.mark.parametrize("origin", ["user", "client"])
def test_a_part_that_is_kept_says_that_it_began_with_it(user, origin):
    known = {"history": (), "system": [SystemMessage(0, PASTED)]} if origin == "client" else {}
    if not known:
        change_account_settings(user, {"instructions": PASTED})
    other = asked(user, "Something else", **known)
    live = fail(user, "And now?", **known)
    struck = strike_instruction(user, text_id(user, other))
    (pending,) = read_page_with_live(user, live.session_id)[0].pending
    assert (pending.content, pending.struck_at) == ("", struck.struck_at)
    if origin == "user":
        # Equal words that are set later are another text.
        change_account_settings(user, {"instructions": PASTED})
        offer(*answers("Noted."))
        asked(user, "Another")
    keep(user, live.session_id)
    assert said(user, live.session_id) == [(0, "", True)]
    assert text_id(user, live.session_id) == struck.text_id
    assert findings() == []


def test_a_part_is_kept_after_the_last_chat_with_the_text_is_gone(user):
    change_account_settings(user, {"instructions": PASTED})
    other = asked(user)
    live = fail(user, "And now?")
    strike_instruction(user, text_id(user, other))
    archive_session(user, other)
    purge_session(user, other)
    keep(user, live.session_id)
    assert said(user, live.session_id) == [(0, "", True)]
    assert findings() == []


@pytest.mark.parametrize("origin", ["user", "client"])
def test_a_retry_is_made_without_it(user, origin):
    known = {"history": (), "system": [SystemMessage(0, PASTED)]} if origin == "client" else {}
    if not known:
        change_account_settings(user, {"instructions": PASTED})
    other = asked(user, "Something else", **known)
    live = fail(user, "And now?", **known)
    strike_instruction(user, text_id(user, other))
    assistant = offer(*answers("Noted."))
    run(user, None, live.session_id, assistant="scripted")
    assert [utterance.role for utterance in assistant.asked[-1]] == ["user"]
    assert said(user, live.session_id) == []
    assert findings() == []


def test_it_is_not_sent_again_and_ends_with_the_next_turn(user, model):
    change_account_settings(user, {"instructions": PASTED})
    session_id = asked(user)
    strike_instruction(user, text_id(user, session_id))
    asked(user, "B", session_id)
    assert all(SECRET not in utterance.content for utterance in model.asked[-1])
    assert said(user, session_id) == [(0, "", True), (2, None, False)]
    assert findings() == []


@pytest.mark.parametrize("setting", ["the user's", "the chat's"])
def test_a_person_who_sets_it_again_is_taken_at_their_word(user, model, setting):
    def set_it(session_id):
        if setting == "the user's":
            change_account_settings(user, {"instructions": PASTED})
        else:
            change_chat_settings(user, session_id, {"instructions": PASTED})

    session_id = chat(user, "Hello").id
    set_it(session_id)
    asked(user, "A", session_id)
    strike_instruction(user, text_id(user, session_id))
    set_it(session_id)
    asked(user, "B", session_id)
    assert model.asked[-1][0].content == PASTED
    asked(user, "C", session_id)
    assert said(user, session_id) == [(2, "", True), (4, PASTED, False)]
    assert findings() == []


def test_a_client_that_sends_it_again_does_not_bring_it_back(user):
    system = [SystemMessage(0, PASTED)]
    first = asked(user, "A", history=(), system=system)
    strike_instruction(user, text_id(user, first))
    history = read_transcript(user, first).messages
    told = tuple(message_of(each) for each in history)
    assert asked(user, "B", history=told, system=system) == first
    assert said(user, first) == [(0, "", True)]
    another = asked(user, "Something else", history=(), system=system)
    assert said(user, another) == [(0, "", True)]
    # SQLite's log has the request itself until the next checkpoint.
    assert places_of(SECRET) == []
    assert findings() == []


def message_of(message):
    return NewMessage(content=message.content, role=message.role)


def test_a_person_may_set_equal_words_again(user):
    change_account_settings(user, {"instructions": "Be brief."})
    session_id = asked(user)
    strike_instruction(user, text_id(user, session_id))
    change_account_settings(user, {"instructions": "Be brief."})
    another = asked(user)
    assert said(user, another) == [(0, "Be brief.", False)]
    assert findings() == []


def test_a_second_strike_changes_nothing(user):
    change_account_settings(user, {"instructions": PASTED})
    session_id = asked(user)
    found = text_id(user, session_id)
    first = strike_instruction(user, found)
    before = everything()
    assert strike_instruction(user, found) == first
    assert everything() == before


def test_equal_texts_of_others_stay(user):
    bob = stranger()
    chats = {}
    for one in (user, bob):
        change_account_settings(one, {"instructions": "Be brief."})
        chats[one.name] = asked(one)
    strike_instruction(user, text_id(user, chats[user.name]))
    assert said(bob, chats[bob.name]) == [(0, "Be brief.", False)]
    assert get_account_settings(bob).instructions == "Be brief."
    for other in (text_id(bob, chats[bob.name]), NOBODY):
        with pytest.raises(NotFound):
            strike_instruction(user, other)


def test_while_an_answer_is_written_nothing_is_struck(user):
    change_account_settings(user, {"instructions": "Be brief."})
    session_id = asked(user)
    with held("Hm, "):
        live = ask(user, "B", session_id)
        with pytest.raises(Answering):
            strike_instruction(user, text_id(user, session_id))
    ended(user, live)
    assert said(user, session_id) == [(0, "Be brief.", False)]


def test_the_stored_answers_of_a_client_lose_it(app, client):
    script(app)
    body = {"model": "scripted", "input": "Hello", "instructions": PASTED}
    headers = {"Idempotency-Key": "once"}
    first = client.post("/v1/responses", json=body, headers=headers)
    assert first.status_code == 200, first.text
    (session,) = client.get("/api/v1/sessions").json["data"]
    (fact,) = client.get(f"/api/v1/sessions/{session['id']}").json["instructions"]
    assert fact["content"] == PASTED
    assert client.post(f"/api/v1/instructions/{fact['text_id']}/strike").status_code == 200
    again = client.post("/v1/responses", json=body, headers=headers)
    assert again.json["id"] == first.json["id"]
    assert SECRET not in json.dumps(again.json["output"])
    with app.app_context():
        assert not [where for *where, value in everything() if SECRET in value]
