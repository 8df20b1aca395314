"""A strike: the words are nowhere any more, and everything else is as it was."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from tests.support.cast import chat, contents, ended, freeze, say, stranger
from tests.support.scripted_assistants import answers, ask, fail, held, offer, run
from tests.support.searching import search_messages
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Answering, Invalid, NotFound
from webapp.services.accounts.audit_log import list_events
from webapp.services.idempotency import RequestKey
from webapp.services.live import get_live_turn
from webapp.services.sessions.changes import archive_session, get_session, rename_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.from_carried import keep_temporary
from webapp.services.strikes.strike import strike_message
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.html_cache import html_of
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage
from webapp.services.verification import Verification

SECRET = "Quetzalfrost"
PASTED = f"My passwort is {SECRET} and zyzzyva7 of course"
WORDS = (SECRET, "zyzzyva7")


def everything():
    """Every value of every column of every table, as text."""
    connection = read_connection()
    found = []
    names = inspect(db.engine).get_table_names()
    for name in names:
        columns = [column["name"] for column in inspect(db.engine).get_columns(name)]
        for row in connection.execute(text(f'SELECT {", ".join(columns)} FROM "{name}"')):
            for column, value in zip(columns, row, strict=True):
                said = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                found.append((name, column, said))
    leave_transaction()
    return found


def places_of(word):
    return [(table, column) for table, column, said in everything() if word.lower() in said.lower()]


def file_bytes():
    path = Path(db.engine.url.database)
    return b"".join(
        found.read_bytes() for suffix in ("", "-wal") if (found := path.with_name(path.name + suffix)).exists()
    )


def assert_gone(*words):
    for word in words or WORDS:
        assert places_of(word) == []
        if db.engine.dialect.name == "sqlite":
            assert word.lower().encode() not in file_bytes().lower()


def message(user, session_id, idx):
    return read_transcript(user, session_id).messages[idx]


def findings():
    leave_transaction()
    return list(Verification().findings())


def test_the_words_are_in_no_table_and_not_in_the_file(user):
    offer(*answers("I shall not repeat it."))
    live = ask(user, PASTED)
    session_id = live.session_id
    ended(user, live)
    html_of(read_transcript(user, session_id).messages)
    fork = fork_session(user, session_id, 1)
    assert {table for table, _ in places_of(SECRET)} >= {"messages", "sessions"}

    strike = strike_message(user, live.user_message_id)

    assert_gone()
    assert strike.also_struck == []
    for id_ in (session_id, fork.id):
        struck, answer = read_transcript(user, id_).messages
        assert (struck.content, struck.struck_at) == ("", strike.struck_at)
        assert (struck.idx, struck.id, struck.create_time) == (0, live.user_message_id, live.asked_at)
        assert answer.content == "I shall not repeat it."
    assert get_session(user, session_id).title == "New chat"
    assert get_session(user, fork.id).title == "New chat (fork)"
    assert search_messages(user, SECRET).data == []
    assert findings() == []


@pytest.mark.parametrize("seed", range(6))
def test_no_word_stays_whatever_happened_before(user, seed):
    """A book of many sizes of messages, written, replaced and purged, so that pages split, merge and are freed."""
    dice = random.Random(seed)

    def filler():
        return " ".join(
            dice.choice(["ash", "beech", "cedar", "fir"]) + str(dice.randrange(900))
            for _ in range(dice.choice([1, 30, 400, 2500]))
        )

    secrets = [f"Zq{seed}x{number}kw" for number in range(4)]
    struck = []
    for secret in secrets:
        offer(*answers(filler(), filler()))
        session = chat(user, *[filler() for _ in range(dice.randrange(4))])
        live = ask(user, f"{filler()} {secret} {filler()}", session.id)
        ended(user, live)
        struck.append(live.user_message_id)
        if dice.random() < 0.5:
            run(user, None, session.id, assistant="scripted")
        if dice.random() < 0.5:
            fork_session(user, session.id, session.message_count)
        html_of(read_transcript(user, session.id).messages)

    for message_id in struck:
        strike_message(user, message_id)

    assert_gone(*secrets)
    assert findings() == []


def test_an_answer_is_struck_with_its_html_its_quotes_and_its_stored_answers(user):
    session = chat(user, "Where is the key?")
    turn = say(user, session.id, "And?", f"It is *{PASTED}*.", key=RequestKey("k", "f" * 64, "turn"))
    html_of(read_transcript(user, session.id).messages)
    assert places_of(SECRET)

    strike_message(user, turn.assistant.id)

    assert_gone()
    body = read_connection().scalar(text("SELECT body FROM idempotency_keys"))
    stored = json.loads(bytes(body))
    assert [said["content"] for said in stored["messages"]] == ["And?", ""]
    assert stored["assistant_message_id"] == turn.assistant.id
    assert contents(user, session.id) == ["Where is the key?", "Noted.", "And?", ""]


def test_the_archivists_answers_that_quote_it_go_with_it(user):
    first = chat(user, PASTED, "And the weather?")
    other = chat(user, ("What of zyzzyva7 weather?", "Rain."))
    quoting = run(user, "weather passwort", assistant="archivist")
    assert SECRET in quoting.turn.assistant.content

    strike = strike_message(user, message(user, first.id, 0).id)

    assert strike.also_struck == [quoting.turn.assistant.id]
    assert places_of(SECRET) == []
    assert message(user, quoting.turn.session.id, 1).struck_at
    # The words of others stay.
    assert message(user, other.id, 0).content == "What of zyzzyva7 weather?"
    assert findings() == []


def test_of_an_answer_that_does_not_repeat_it_only_the_quote_goes(user):
    session = chat(user, PASTED)
    offered = run(user, "passwort", assistant="archivist").turn.assistant.citations
    answer = say(user, session.id, "Well?", "You told me once.").assistant
    cited = _cite(user, offered)

    strike = strike_message(user, message(user, session.id, 0).id)

    assert cited not in strike.also_struck
    kept = next(m for m in _messages_of(user) if m.id == cited)
    assert kept.content == "I know it, and shall not say it."
    assert [(c["quote"], c["title"]) for c in kept.citations] == [("", "")]
    assert places_of(SECRET) == []
    assert answer.content == "You told me once."


@pytest.mark.parametrize("carrier", ["archivist", None])
def test_an_answer_that_a_client_carried_goes_with_what_it_quotes(user, carrier):
    first = chat(user, PASTED, "And the weather?")
    quoting = run(user, "passwort", assistant="archivist").turn.assistant
    kept, imported = _carried(user, quoting.content, carrier)

    strike = strike_message(user, message(user, first.id, 0).id)

    assert {quoting.id, kept, imported} == set(strike.also_struck)
    assert places_of(SECRET) == []
    assert findings() == []


def test_a_carried_answer_that_names_its_chat_by_a_title_made_of_it_goes_too(user):
    first = chat(user, PASTED, "And the *weather*?")
    quoting = run(user, "weather", assistant="archivist").turn.assistant
    carried = _carried(user, quoting.content, "archivist")

    strike = strike_message(user, message(user, first.id, 0).id)

    assert {quoting.id, *carried} == set(strike.also_struck)
    assert places_of(SECRET) == []


def test_a_carried_answer_that_repeats_nothing_of_it_stays(user):
    first = chat(user, PASTED, ("And the weather?", "Rain."))
    found = message(user, first.id, 0).id
    bystanders = [
        (f"See [it](/messages/{found}).\n\n> Something else", None),
        (f"1. [It](/messages/{message(user, first.id, 3).id})\n\n   > Rain\\.", "archivist"),
    ]
    for content, model in bystanders:
        _carried(user, content, model)
    # What somebody pasted is no answer, and a stranger's text is nobody else's.
    chat(user, f"1. [It](/messages/{found})\n\n   > My passwort is")
    _carried(stranger(), f"1. [It](/messages/{found})\n\n   > My passwort is", "archivist")
    assert strike_message(user, found).also_struck == []


def _carried(user, content, model):
    """Store an answer without citations: as the beginning of a chat, and as a turn from elsewhere."""
    question, answer = NewMessage(content="Do you know?"), NewMessage(role="assistant", content=content, model=model)
    kept = keep_temporary(user, [question, answer])
    imported = append_turn(user, chat(user).id, question, answer)
    return message(user, kept.id, 1).id, imported.assistant.id


def _cite(user, citations):
    """Store an answer with these citations, as a live turn does."""
    session = chat(user)
    turn = append_turn(
        user,
        session.id,
        NewMessage(content="Do you know?"),
        NewMessage(role="assistant", content="I know it, and shall not say it.", citations=citations),
    )
    return turn.assistant.id


def _messages_of(user):
    from webapp.services.sessions.listing import SessionFilter, list_sessions

    for session in list_sessions(user, SessionFilter("all"), limit=100).data:
        yield from read_transcript(user, session.id).messages


def test_all_chats_with_it_change_and_no_other(user):
    session = chat(user, PASTED)
    fork = fork_session(user, session.id, 0)
    archive_session(user, session.id)
    named = rename_session(user, fork.id, "Doors")
    other = chat(user, "Hello")

    strike_message(user, message(user, session.id, 0).id)

    assert get_session(user, session.id).revision > session.revision + 1
    assert get_session(user, fork.id).title == "Doors"
    assert get_session(user, fork.id).revision == named.revision + 1
    assert get_session(user, other.id) == other


def test_a_chat_is_named_after_its_next_question(user):
    session = chat(user, PASTED, "Where is the key?")
    strike_message(user, message(user, session.id, 0).id)
    assert get_session(user, session.id).title == "Where is the key?"
    rename_session(user, session.id, "Doors")
    assert rename_session(user, session.id, "").title == "Where is the key?"


def test_a_second_strike_changes_nothing(user):
    session = chat(user, PASTED)
    message_id = message(user, session.id, 0).id
    first = strike_message(user, message_id)
    before = everything()
    second = strike_message(user, message_id)
    assert second == first
    assert everything() == before
    events = [event for event in list_events(user).data if event.kind == "message-struck"]
    assert [event.about for event in events] == [message_id]


def test_strangers_strike_nothing(user):
    session = chat(user, PASTED)
    before = everything()
    bob = stranger()
    with pytest.raises(NotFound):
        strike_message(bob, message(user, session.id, 0).id)
    assert contents(user, session.id)[0] == PASTED
    assert [row for row in everything() if row not in before and row[0] != "users"] == []


def test_while_an_answer_is_written_nothing_is_struck(user):
    session = chat(user, PASTED)
    other = chat(user, "Hello")
    with held("Let me see"):
        live = ask(user, "What was it?", other.id)
        with pytest.raises(Answering):
            strike_message(user, message(user, session.id, 0).id)
        assert contents(user, session.id)[0] == PASTED
    ended(user, live)
    strike_message(user, message(user, session.id, 0).id)
    assert_gone()


def test_a_failed_try_to_answer_it_anew_goes_with_it(user):
    session = chat(user, PASTED)
    fail(user, None, session.id)
    strike_message(user, message(user, session.id, 0).id)
    assert get_live_turn(user, session.id) is None
    assert_gone()
    assert findings() == []


def test_a_failed_edit_of_it_goes_with_it(user):
    session = chat(user, PASTED)
    fail(user, f"Rather {SECRET}", session.id, edits_idx=0)
    strike_message(user, message(user, session.id, 0).id)
    assert_gone()


def test_a_dead_process_holds_nothing_up(user):
    session = chat(user, PASTED)
    with held("Let me see"):
        freeze(ask(user, None, session.id))
        strike_message(user, message(user, session.id, 0).id)
        assert get_live_turn(user, session.id) is None
    assert_gone()


def test_a_failed_later_question_stays(user):
    session = chat(user, PASTED)
    live = fail(user, "And the ladder?", session.id)
    strike_message(user, message(user, session.id, 0).id)
    assert get_live_turn(user, session.id).content == live.content
    assert_gone()


def test_an_assistant_reads_that_it_was_removed(user):
    session = chat(user, (PASTED, "Fine."))
    strike_message(user, message(user, session.id, 0).id)
    assistant = offer(*answers("Well."))
    ended(user, ask(user, "And now?", session.id))
    assert [said.role for said in assistant.asked[0]] == ["user", "assistant", "user"]
    assert assistant.asked[0][0].content.startswith("[This message was removed on 2")
    assert [said.content for said in assistant.asked[0][1:]] == ["Fine.", "And now?"]


def test_a_removed_question_is_not_answered_anew(user):
    session = chat(user, PASTED)
    strike_message(user, message(user, session.id, 0).id)
    offer(*answers("Well."))
    with pytest.raises(Invalid, match="was removed"):
        run(user, None, session.id, assistant="scripted")


def test_a_client_that_still_has_the_text_goes_on_in_the_same_chat(user):
    session = chat(user, (PASTED, "Fine."))
    strike_message(user, message(user, session.id, 0).id)
    history = (NewMessage(content=PASTED), NewMessage(role="assistant", content="Fine."))
    assistant = offer(*answers("Well."))
    result = run(user, "And now?", history=history, assistant="scripted")
    assert result.turn.session.id == session.id
    assert SECRET not in assistant.asked[0][0].content
    assert_gone()


def test_a_branch_of_a_client_that_still_has_the_text_links_the_removed_message(user):
    session = chat(user, (PASTED, "Fine."), "More?")
    strike_message(user, message(user, session.id, 0).id)
    history = (NewMessage(content=PASTED), NewMessage(role="assistant", content="Fine."))
    offer(*answers("Well."))
    result = run(user, "And now?", history=history, assistant="scripted")
    assert result.turn.session.id != session.id
    assert [bool(said.struck_at) for said in read_transcript(user, result.turn.session.id).messages] == [
        True,
        False,
        False,
        False,
    ]
    assert result.turn.session.title == "New chat"
    assert_gone()


@pytest.mark.parametrize(
    "change",
    [
        "content = 'again'",
        "struck_at = NULL",
        "struck_digest = NULL",
        "html = '<p>again</p>'",
        "model = 'another'",
        "citations = '[]'",
    ],
)
def test_the_database_keeps_it_struck(user, change):
    session = chat(user, PASTED)
    strike_message(user, message(user, session.id, 0).id)
    with pytest.raises(DBAPIError, match="cannot be changed"), writing() as connection:
        connection.execute(text(f"UPDATE messages SET {change} WHERE struck_at IS NOT NULL"))


@pytest.mark.parametrize(
    "change",
    [
        "content = '', struck_at = create_time, model = 'another'",
        "content = 'some', struck_at = create_time, html = NULL, citations = NULL",
        "content = '', struck_at = create_time, html = NULL, citations = '[]'",
        "content = '', citations = NULL",
    ],
)
def test_the_database_strikes_whole_messages_only(user, change):
    chat(user, PASTED)
    with pytest.raises(DBAPIError, match="cannot be changed"), writing() as connection:
        connection.execute(text(f"UPDATE messages SET {change}"))


@pytest.mark.parametrize(
    "change",
    [
        lambda _cited: [],
        lambda cited: [*cited, *cited],
        lambda cited: [cited[0] | {"quote": "other words"}],
        lambda cited: [cited[0] | {"title": "other words"}],
        lambda cited: [cited[0] | {"message_id": "x", "quote": ""}],
    ],
)
def test_the_database_lets_only_quotes_go(user, change):
    session = chat(user, PASTED)
    quoting = run(user, "passwort", assistant="archivist").turn.assistant
    assert get_session(user, session.id)
    new = json.dumps(change(quoting.citations))
    with pytest.raises(DBAPIError, match="cannot be changed"), writing() as connection:
        connection.execute(
            text("UPDATE messages SET citations = CAST(:new AS json) WHERE id = :id")
            if connection.dialect.name == "postgresql"
            else text("UPDATE messages SET citations = :new WHERE id = :id"),
            {"new": new, "id": quoting.id},
        )


def test_verify_finds_a_struck_message_at_another_place(user):
    session = chat(user, PASTED, "Two")
    strike_message(user, message(user, session.id, 0).id)
    with writing() as connection:
        connection.execute(text("UPDATE session_messages SET digest = :new WHERE idx = 0"), {"new": b"x" * 16})
    assert "digest" in {finding.what for finding in findings()}
