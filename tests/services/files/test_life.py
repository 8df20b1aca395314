"""A file lives as long as a message has it, and the digests of transcripts cover it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, insert, select, text

from tests.services.transcripts.test_replacing import expire
from tests.support.accounts import ALICE
from tests.support.cast import chat, ended, statements
from tests.support.files import png, say_with, store
from tests.support.scripted_assistants import answers, ask, offer
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.ids import utc_now
from webapp.models import File, FileChunk, IdempotencyKey, KeptMessage, MessageFile, SessionMessage, table_of
from webapp.services.accounts.deletion import remove_account
from webapp.services.files.links import files_of
from webapp.services.replacements.undoing import undo_replacement
from webapp.services.sessions.changes import archive_session, create_session, get_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.strikes.strike import strike_message
from webapp.services.transcripts.appending import insert_turn
from webapp.services.transcripts.digests import extend
from webapp.services.transcripts.lookup import digests_of
from webapp.services.transcripts.reading import read_page, read_transcript
from webapp.services.transcripts.replacements import list_replacements
from webapp.services.values import NewMessage
from webapp.services.verification import Verification


def counted():
    leave_transaction()
    found = tuple(read_connection().scalar(select(func.count()).select_from(table_of(m))) for m in (File, MessageFile))
    assert list(Verification().findings()) == []
    leave_transaction()
    return found


def purge(user, session_id):
    if not get_session(user, session_id).archived:
        archive_session(user, session_id)
    purge_session(user, session_id)


def names(user, session_id):
    return [[file.name for file in message.files] for message in read_transcript(user, session_id).messages]


def versions(model, session_id=None):
    table = table_of(model)
    statement = select(table.c.digest_version).order_by(table.c.idx)
    return list(
        read_connection().scalars(statement.where(table.c.session_id == session_id) if session_id else statement)
    )


def answered(user, *args, **more):
    """Let an assistant answer. What it was given is returned."""
    assistant = offer(*answers("Grey it is."))
    ended(user, ask(user, *args, assistant="scripted", **more))
    return [utterance.content for utterance in assistant.asked[-1]]


@pytest.fixture
def told(user):
    """A chat whose second question has two files."""
    session = chat(user, "Hello")
    return say_with(user, session.id, "Look", ("a.png", png()), ("b.txt", b"two")).session.id


def test_a_file_goes_with_the_last_message_that_has_it(user, told):
    other = say_with(user, create_session(user).id, "Again", ("c.png", png())).session.id
    assert counted() == (2, 3)
    purge(user, told)
    assert counted() == (1, 1)
    purge(user, other)
    assert counted() == (0, 0)


def test_a_fork_keeps_the_files_of_its_messages(user, told):
    fork = fork_session(user, told, 2).id
    assert versions(SessionMessage, fork) == [1, 1, 2]
    purge(user, told)

    assert names(user, fork) == [[], [], ["a.png", "b.txt"]]
    assert counted() == (2, 2)
    purge(user, fork)
    assert counted() == (0, 0)


def test_an_edit_keeps_the_files_and_so_does_its_undo(user, told):
    answered(user, "Look closer", told, edits_idx=2)
    messages = read_transcript(user, told).messages
    assert [message.content for message in messages[2:]] == ["Look closer", "Grey it is."]
    assert names(user, told)[2:] == [["a.png", "b.txt"], []]
    assert versions(KeptMessage) == [2, 1]
    assert counted() == (2, 4)

    ((replacement, _),) = list_replacements(user, told)
    undo_replacement(user, told, replacement.id)
    assert versions(SessionMessage, told) == [1, 1, 2, 1]
    assert names(user, told)[2] == ["a.png", "b.txt"]
    assert counted() == (2, 4)
    expire()
    answered(user, None, told)
    assert counted() == (2, 2)


def test_what_an_edit_replaced_keeps_its_files_until_it_is_forgotten(user):
    session = create_session(user)
    say_with(user, session.id, "One")
    say_with(user, session.id, "Two", ("a.png", png()))
    answered(user, "Eins", session.id, edits_idx=0)
    assert counted() == (1, 1)
    expire()
    answered(user, "Uno", session.id, edits_idx=0)

    assert counted() == (0, 0)


def test_a_question_that_was_put_to_the_archivist_keeps_its_files_when_somebody_else_answers(user):
    session = create_session(user)
    with writing() as connection:
        files = store(user, connection, ("a.png", png()))
        insert_turn(
            connection,
            user,
            session.id,
            NewMessage(content="Look", files=files),
            NewMessage(content="Hm.", model="archivist"),
        )
    answered(user, None, session.id)

    assert names(user, session.id) == [["a.png"], []]
    assert counted() == (1, 2)


def test_a_strike_removes_the_files_of_the_message(user, told):
    fork = fork_session(user, told, 3).id
    say_with(user, create_session(user).id, "Same", ("other.txt", b"two"))
    strike_message(user, read_transcript(user, told).messages[2].id)

    assert names(user, told)[2] == names(user, fork)[2] == []
    assert counted() == (1, 1)
    assert versions(SessionMessage, told) == [1, 1, 2, 1]
    fork_session(user, told, 3)
    assert counted() == (1, 1)


def test_a_struck_message_has_no_files_in_stored_answers(user, told):
    question = read_transcript(user, told).messages[2]
    answer = {
        "messages": [{"id": question.id, "content": "Look", "files": [{"name": "a.png"}]}, {"id": "x", "files": ["b"]}]
    }
    row = {
        "owner_id": user.id,
        "key": "k",
        "fingerprint": "f",
        "created_at": utc_now(),
        "body": json.dumps(answer).encode(),
    }
    with writing() as connection:
        connection.execute(insert(table_of(IdempotencyKey)), row)
    strike_message(user, question.id)

    stored = json.loads(read_connection().scalar(select(table_of(IdempotencyKey).c.body)))
    assert stored == {"messages": [{"id": question.id, "content": "", "files": []}, {"id": "x", "files": ["b"]}]}


def test_an_account_goes_with_its_files(user, told):
    with writing() as connection:
        connection.execute(text("UPDATE users SET admin_since = created_at, password_hash = 'x'"))
        connection.execute(
            text(
                "INSERT INTO users (id, name, created_at, password_hash, admin_since) SELECT "
                "'00000000-0000-7000-8000-0000000000aa', 'root', created_at, 'x', created_at FROM users LIMIT 1"
            )
        )
    remove_account(ALICE, user.id)

    assert counted() == (0, 0)
    assert read_connection().scalar(select(func.count()).select_from(table_of(FileChunk))) == 0


def test_a_digest_covers_the_bytes_the_names_and_the_order_of_files(user):
    with writing() as connection:
        one, two = store(user, connection, ("a.txt", b"one"), ("b.txt", b"two"))

    def digest(*files, content="Look"):
        return digests_of([NewMessage(content=content, files=files)])[0]

    different = [digest(), digest(one), digest(two), digest(one, two), digest(two, one), digest(one, one),
                 digest(one._replace(name="b.txt")), digest(one, content=""), digest(one._replace(sha256=two.sha256))]  # fmt: skip
    assert len(set(different)) == len(different)
    assert digest() == extend(None, "user", "Look")


def test_no_text_has_the_digest_of_a_message_with_a_file(user):
    with writing() as connection:
        (one,) = store(user, connection, ("a.txt", b"one"))
    parts = (b"\2", b"", b"user", b"Look", one.sha256.hex().encode(), b"a.txt")

    assert digests_of([NewMessage(content="Look", files=(one,))])[0] not in {
        extend(None, "user", b"\0".join(parts[3:]).decode()),
        extend(None, "\2\0\0user", b"\0".join(parts[3:]).decode()),
    }


def test_reading_files_costs_one_statement_and_nothing_without_any(user, told):
    plain = chat(user, *"abcdefghi").id
    for number in range(20):
        say_with(user, told, f"More {number}", (f"{number}.txt", str(number).encode()), ("same.txt", b"same"))
    costs = []
    for session_id in (plain, told):
        leave_transaction()
        with statements() as sent:
            page = read_page(user, session_id)
        costs.append(len(sent))

    assert costs == [2, 3]
    assert sum(len(message.files) for message in page.messages) == 42


def test_an_assistant_is_told_the_names_of_files(user, told):
    first = answered(user, "And now?", told)
    edited = answered(user, "Look here", told, edits_idx=2)

    assert first == ["Hello", "Noted.", "Look\n\n[file: a.png]\n[file: b.txt]", "Seen.", "And now?"]
    assert edited == ["Hello", "Noted.", "Look here\n\n[file: a.png]\n[file: b.txt]"]


def test_an_answer_to_a_file_alone_can_be_made_again(user):
    session = say_with(user, create_session(user).id, "", ("a.png", png())).session

    assert answered(user, None, session.id) == ["[file: a.png]"]
    assert names(user, session.id) == [["a.png"], []]
    assert counted() == (1, 1)


def test_files_of_many_messages_are_read_in_batches(user):
    session = create_session(user)
    ids = [say_with(user, session.id, str(n), (f"{n}", b"x")).user.id for n in range(3)]

    assert {id_: files[0].name for id_, files in files_of(read_connection(), ids * 400).items()} == dict(
        zip(ids, "012", strict=True)
    )
