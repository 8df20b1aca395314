"""An import reads, reports, writes once, and can be undone."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect, text

from tests.support.cast import contents, stranger
from tests.support.exports import EXPORTS
from tests.support.ingest import again, bring, confirm, jsonl, lines, plain, take_back, upload, work
from tests.support.searching import search_messages
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import Conflict, Invalid, NotFound
from webapp.importers import left_out
from webapp.services.ingest.report import read_lines
from webapp.services.ingest.runs import (
    confirm_import,
    discard_import,
    get_import,
    list_imports,
    start_import,
    undo_import,
)
from webapp.services.ingest.undoing import preview_undo
from webapp.services.ingest.uploads import folder_of
from webapp.services.sessions.changes import archive_session, get_session, pin_session, rename_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage
from webapp.services.verification import Verification

TWO = ("chats.jsonl", jsonl(plain("Which tiles?", "Grey ones."), plain("Where is the key?", "In the shed.", "Thanks.")))


def sessions(user):
    found = list_sessions(user, SessionFilter(archived="all"), limit=100).data
    leave_transaction()
    return found


def well():
    found = list(Verification().findings())
    leave_transaction()
    return found


def everything():
    """All rows that are no report of an import and no job."""
    apart = {"alembic_version", "ingest_runs", "ingest_conversations", "jobs"}
    names = [
        name for name in inspect(db.engine).get_table_names() if name not in apart and "message_search" not in name
    ]
    found = {name: sorted(map(repr, read_connection().execute(text(f"SELECT * FROM {name}")).all())) for name in names}
    leave_transaction()
    return found


def test_nothing_is_stored_before_the_report_is_confirmed(user):
    before = everything()
    run = upload(user, TWO)

    assert run.state == "ready"
    assert {name: count for name, count in run.counts.items() if count} == {"conversations": 2, "new": 2, "messages": 5}
    assert everything() == before
    assert [(line.title, line.state, line.message_count, line.new_count) for line in lines(user, run)] == [
        ("Which tiles?", "new", 2, 2),
        ("Where is the key?", "new", 3, 3),
    ]


def test_a_confirmed_import_is_in_the_list_and_found(user):
    run = confirm(user, upload(user, TWO))

    assert run.state == "done"
    assert not folder_of(run.id).exists()
    assert {session.title for session in sessions(user)} == {"Which tiles?", "Where is the key?"}
    by_title = {session.title: session for session in sessions(user)}
    assert contents(user, by_title["Where is the key?"].id) == ["Where is the key?", "In the shed.", "Thanks."]
    assert [hit.session_id for hit in search_messages(user, "shed").data] == [by_title["Where is the key?"].id]
    assert {line.session_id for line in lines(user, run)} == {session.id for session in sessions(user)}
    assert well() == []


def test_a_second_import_changes_nothing(user):
    bring(user, TWO)
    before = everything()
    run = bring(user, ("other name.txt", TWO[1]))

    assert run.state == "done"
    assert (run.counts["unchanged"], run.counts["new"], run.counts["messages"]) == (2, 0, 0)
    assert everything() == before


def test_an_undo_leaves_the_tables_as_before(user):
    rename_session(
        user, bring(user, ("first.jsonl", jsonl(plain("Kept", "Yes")))) and sessions(user)[0].id, "Kept here"
    )
    before = everything()
    run = bring(user, TWO)
    assert preview_undo(user, run.id) == (2, 0, [])
    leave_transaction()
    undone = take_back(user, run)

    assert undone.state == "undone"
    assert everything() == before
    assert {line.outcome for line in lines(user, run)} == {"undone"}
    assert well() == []


CHATGPT = {
    "id": "c-1",
    "conversation_id": "c-1",
    "title": "Tiles",
    "create_time": 1700000000.0,
    "update_time": 1700000100.0,
}


def librechat(*texts, title="Tiles", key="l-1"):
    """A chat with an id, whose messages have times."""
    messages = [
        {
            "messageId": f"m{place}",
            "parentMessageId": f"m{place - 1}" if place else None,
            "text": text,
            "isCreatedByUser": place % 2 == 0,
            "createdAt": f"2024-01-01T00:{place:02}:00Z",
        }
        for place, text in enumerate(texts)
    ]
    return ("chat.json", json.dumps({"conversationId": key, "title": title, "messages": messages}).encode())


@pytest.fixture
def known(user):
    run = bring(user, librechat("Which tiles?", "Grey ones."))
    assert run.state == "done", run
    return sessions(user)[0]


def test_what_grew_elsewhere_is_appended(user, known):
    run = bring(user, librechat("Which tiles?", "Grey ones.", "How many?", "Forty."))

    assert (run.counts["grown"], run.counts["messages"]) == (1, 2)
    assert contents(user, known.id) == ["Which tiles?", "Grey ones.", "How many?", "Forty."]
    assert get_session(user, known.id).revision > known.revision
    assert preview_undo(user, run.id) == (0, 1, [])
    leave_transaction()
    take_back(user, run)
    assert contents(user, known.id) == ["Which tiles?", "Grey ones."]
    assert get_session(user, known.id).last_activity_at == known.last_activity_at
    assert well() == []


def test_what_shows_another_branch_elsewhere_replaces_the_tail(user, known):
    run = bring(user, librechat("Which tiles?", "White ones.", "How many?"))

    assert run.counts["changed"] == 1
    assert contents(user, known.id) == ["Which tiles?", "White ones.", "How many?"]
    assert well() == []
    take_back(user, run)
    assert contents(user, known.id) == ["Which tiles?", "Grey ones."]
    assert well() == []


def test_what_was_continued_here_is_left_alone_and_named(user, known):
    append_turn(user, known.id, NewMessage(content="Here"), NewMessage(content="There", role="assistant"))
    run = bring(user, librechat("Which tiles?", "Grey ones.", "How many?"))

    assert (run.counts["continued"], run.counts["messages"]) == (1, 0)
    assert lines(user, run)[0].reason == "You continued this chat here, so it is left as it is."
    assert contents(user, known.id) == ["Which tiles?", "Grey ones.", "Here", "There"]


def test_what_was_renamed_pinned_or_archived_here_stays_so(user, known):
    rename_session(user, known.id, "My tiles")
    pin_session(user, known.id)
    archive_session(user, known.id)
    bring(user, librechat("Which tiles?", "Grey ones.", "How many?", "Forty.", title="Tiles 2"))

    found = get_session(user, known.id)
    assert (found.title, found.pinned, found.archived, found.message_count) == ("My tiles", True, True, 4)


def test_an_older_export_takes_nothing_away(user, known):
    bring(user, librechat("Which tiles?", "Grey ones.", "How many?", "Forty."))
    run = bring(user, librechat("Which tiles?", "Grey ones."))
    other = bring(user, librechat("Which tiles?", "White ones."))

    assert (run.counts["unchanged"], other.counts["unchanged"]) == (1, 1)
    assert lines(user, other)[0].reason == "What is here is as new or newer."
    assert len(contents(user, known.id)) == 4


def test_an_undo_keeps_what_was_continued_here_and_names_it_before(user):
    run = bring(user, TWO)
    kept = next(session for session in sessions(user) if session.title == "Which tiles?")
    append_turn(user, kept.id, NewMessage(content="Here"), NewMessage(content="There", role="assistant"))

    assert preview_undo(user, run.id) == (1, 0, ["Which tiles?"])
    leave_transaction()
    take_back(user, run)
    assert [session.id for session in sessions(user)] == [kept.id]
    assert [line.outcome for line in lines(user, run)] == ["kept", "undone"]
    assert well() == []


def test_an_undo_of_a_chat_that_has_a_fork_keeps_the_fork(user):
    run = bring(user, TWO)
    source = next(session for session in sessions(user) if session.title == "Which tiles?")
    fork = fork_session(user, source.id, 1)
    take_back(user, run)

    assert [session.id for session in sessions(user)] == [fork.id]
    assert contents(user, fork.id) == ["Which tiles?", "Grey ones."]
    assert well() == []


def test_a_chat_that_was_deleted_here_is_new_again(user):
    bring(user, TWO)
    for session in sessions(user):
        archive_session(user, session.id)
        purge_session(user, session.id)
    run = bring(user, TWO)

    assert run.counts["new"] == 2
    assert well() == []


def test_a_deleted_chat_whose_fork_stays_is_new_again(user):
    bring(user, ("one.jsonl", jsonl(plain("Which tiles?", "Grey ones."))))
    source = sessions(user)[0]
    fork = fork_session(user, source.id, 1)
    archive_session(user, source.id)
    purge_session(user, source.id)
    run = bring(user, ("one.jsonl", jsonl(plain("Which tiles?", "Grey ones."))))

    assert run.counts["new"] == 1
    assert len(sessions(user)) == 2
    assert contents(user, fork.id) == ["Which tiles?", "Grey ones."]
    assert well() == []


def test_equal_chats_without_an_id_are_two_chats(user):
    same = jsonl(plain("Hi", "Hello"), plain("Hi", "Hello"))
    bring(user, ("same.jsonl", same))
    run = bring(user, ("same.jsonl", same))

    assert len(sessions(user)) == 2
    assert run.counts["unchanged"] == 2


def test_an_upload_that_cannot_be_read_fails_with_a_sentence(user):
    run = upload(user, ("notes.txt", b"Dear diary"))

    assert (run.state, run.counts) == ("failed", None)
    assert "seems to be a text" in run.problem
    assert not folder_of(run.id).exists()
    discard_import(user, run.id)
    with pytest.raises(NotFound):
        get_import(user, run.id)


def test_nothing_found_is_a_failure(user):
    run = upload(user, ("empty.jsonl", jsonl({"messages": [{"role": "system", "content": "x"}]})))

    assert run.state == "failed"
    assert "no chat with messages" in run.problem


def test_a_bad_line_is_named_and_the_rest_comes(user):
    run = upload(user, ("some.jsonl", TWO[1].replace(b"\n", b"\n{torn\n")))

    assert (run.counts["conversations"], run.counts["left_out"]) == (2, 1)
    assert [(line.state, line.place) for line in lines(user, run)] == [
        ("new", "some.jsonl, item 1"),
        ("left_out", "some.jsonl, item 2"),
        ("new", "some.jsonl, item 3"),
    ]
    assert run.left_out == {left_out.UNREADABLE: 1}


def test_an_import_is_its_owners_alone(user):
    run = upload(user, TWO)
    bob = stranger()

    for act in (get_import, confirm_import, undo_import, discard_import, read_lines, preview_undo):
        with pytest.raises(NotFound):
            act(bob, run.id)
    assert list_imports(bob) == []
    leave_transaction()
    assert again(user, run).state == "ready"


def test_the_same_export_of_two_people_is_two_books(user):
    bob = stranger()
    bring(user, TWO)
    run = bring(bob, TWO)

    assert run.counts["new"] == 2
    assert len(sessions(bob)) == 2


def test_what_cannot_be_done_now_says_why(user):
    run = upload(user, TWO)

    with pytest.raises(Conflict, match="not written yet"):
        undo_import(user, run.id)
    confirm(user, run)
    with pytest.raises(Conflict, match="written already"):
        discard_import(user, run.id)
    assert confirm_import(user, run.id).state == "done"
    take_back(user, run)
    assert undo_import(user, run.id).state == "undone"
    with pytest.raises(Conflict, match="was undone"):
        confirm_import(user, run.id)


@pytest.mark.parametrize("files", [[], [("empty", b"")]])
def test_an_upload_of_nothing_is_refused(user, files):
    with pytest.raises(Invalid, match="no file"):
        upload(user, *files)


def test_an_unknown_format_is_refused(user):
    with pytest.raises(Invalid, match="Choose one of"):
        start_import(user, [], format_name="nonsense")


def test_a_file_with_every_sort_of_time(user):
    export = EXPORTS / "chatgpt" / "librechat-chatgpt-tree.json"
    bring(user, (export.name, export.read_bytes()))

    session = sessions(user)[0]
    messages = read_transcript(user, session.id).messages
    assert all(message.create_time <= datetime.now(UTC) for message in messages)
    assert session.last_activity_at == max(message.create_time for message in messages)
    assert well() == []


def test_work_that_is_done_is_not_done_again(user):
    run = bring(user, TWO)

    assert work(user, run) == run
