"""`minutebook verify`: a good book has no finding, and each kind of damage is found and named."""

import sqlite3
import threading
import tracemalloc
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert

from tests.support import scripted_assistants
from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, say, stranger
from tests.support.doors import NOBODY
from tests.support.library import fill
from tests.support.scripted_assistants import answers, ask, offer
from tests.support.waiting import eventually
from webapp.database.engine import db
from webapp.database.search_text import search_text
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import ProviderFailed
from webapp.ids import utc_now
from webapp.models import IdempotencyKey, table_of
from webapp.services.idempotency import RequestKey
from webapp.services.live.following import get_live_turn
from webapp.services.sessions.changes import archive_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.reading import read_transcript
from webapp.services.verification import Verification


@pytest.fixture
def book(app, gate):
    """A book in which a good deal has happened; the ids of its chats by name."""
    with app.app_context():
        user = ALICE
        offer(*answers("Under the ", "mat."))
        offer(*answers("Hm, "), gate, key="slow")
        offer(*answers("Hm, ")[:1], ProviderFailed("no"), key="broken")
        plain = chat(user, ("Where is the key?", "Under the mat."), ("Und die Ölkanne?", "Im Schuppen."), title="Früh")
        fork = fork_session(user, plain.id, 2)
        say(user, fork.id, "And the ladder?")
        edited = chat(user, "One", "Two", "Three")
        fork_session(user, edited.id, 5)
        scripted_assistants.run(user, "Zwei", edited.id, edits_idx=2, assistant="scripted")
        scripted_assistants.run(user, None, edited.id, assistant="scripted")
        purged = chat(user, "Gone")
        fork_session(user, purged.id, 1)
        archive_session(user, purged.id)
        purge_session(user, purged.id)
        chat(stranger(), "Hello")
        chat(user, title="Empty")
        writing_ = chat(user, "Hello")
        key = RequestKey("k-1", "f" * 64, "json")
        ask(user, "Slow?", writing_.id, assistant="slow", key=key)
        failed = chat(user, "Hello", "Again")
        for session_id, request in (
            (failed.id, {"content": None}),
            (chat(user, "Hello").id, {"content": "Broken?"}),
            (chat(user, "Hello", "Again").id, {"content": "Broken!", "edits_idx": 0}),
            (None, {"content": "New and broken"}),
        ):
            live = ask(user, session_id=session_id, assistant="broken", **request)
            wait_for_failure(user, live.session_id)
        leave_transaction()
        yield {"plain": plain.id, "fork": fork.id, "edited": edited.id, "writing": writing_.id, "failed": failed.id}


def wait_for_failure(user, session_id):
    eventually(lambda: get_live_turn(user, session_id).state == "failed")


def findings(**options):
    found = list(Verification(**options).findings())
    leave_transaction()
    return found


def kinds(**options):
    return {finding.what for finding in findings(**options)}


@pytest.fixture
def damage(database_url):
    """Carry out statements that the database would refuse."""

    def on_sqlite(*statements):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=20)
        connection.create_function("search_text", 1, search_text, deterministic=True)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        (final,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'messages_are_final'").fetchone()
        connection.execute("BEGIN IMMEDIATE")
        for statement in ("DROP TRIGGER messages_are_final", *statements, final):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.close()

    def on_postgres(*statements):
        with psycopg.connect(database_url) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement)

    return on_sqlite if database_url.startswith("sqlite") else on_postgres


def on(engine_name, kinds):
    """What is told on this database, and on SQLite of broken references, too."""
    known = {kind.rpartition(":")[2] for kind in kinds if ":" not in kind or kind.startswith(engine_name)}
    return known if engine_name == "sqlite" else known - {"reference"}


@pytest.mark.parametrize("quick", [False, True])
def test_a_book_in_which_much_has_happened_is_well(book, quick):
    assert findings(quick=quick) == []


def test_it_says_how_much_it_looked_at(app, user):
    chat(user, "One", "Two")
    fork_session(user, chat(user, "Three").id, 1)
    verification = Verification()
    assert list(verification.findings()) == []
    counts = verification.counts
    assert (counts.chats, counts.places, counts.messages, counts.live_turns) == (3, 8, 6, 0)


#: Statements on the chat `plain` of four messages, its `fork` and the live turns; and all that is found then.
DAMAGES = {
    "a place is lost": (
        "DELETE FROM session_messages WHERE session_id = '{edited}' AND idx = 1", "gap"),
    "the last place is lost": (
        "DELETE FROM session_messages WHERE session_id = '{fork}' AND idx = 4", "count orphan"),
    "all places are lost": (
        "DELETE FROM session_messages WHERE session_id = '{writing}'", "count orphan"),
    "the count is wrong": (
        "UPDATE sessions SET message_count = 7 WHERE id = '{plain}'", "count"),
    "a message is lost": (
        "DELETE FROM messages WHERE id = '{message}'", "lost reference"),
    "a message is changed": (
        "UPDATE messages SET content = 'Elsewhere.' WHERE id = '{message}'", "digest wrong-index"),
    "a message is said by somebody else": (
        "UPDATE messages SET role = 'user' WHERE id = '{message}'", "digest wrong-index"),
    "two messages have changed places": (
        "UPDATE session_messages SET idx = idx + 100 WHERE session_id = '{plain}'",
        "UPDATE session_messages SET idx = 103 - idx WHERE session_id = '{plain}'", "digest"),
    "a transcript has closed over a gap": (
        "DELETE FROM session_messages WHERE session_id = '{edited}' AND idx < 2",
        "UPDATE session_messages SET idx = idx - 2 WHERE session_id = '{edited}'",
        "UPDATE sessions SET message_count = message_count - 2 WHERE id = '{edited}'", "digest"),
    "a digest is changed": (
        "UPDATE session_messages SET digest = (SELECT digest FROM session_messages WHERE session_id = '{plain}' AND idx = 0) WHERE session_id = '{plain}' AND idx = 3",
        "digest"),
    "a chat is lost": (
        "DELETE FROM sessions WHERE id = '{edited}'", "no-chat no-source reference"),
    "a chat that is being answered is lost": (
        "DELETE FROM sessions WHERE id = '{writing}'", "no-chat live-turn reference"),
    "a message is in no chat": (
        "INSERT INTO messages (seq, id, conversation_id, role, create_time, content) SELECT seq + 2000, '{nobody}', conversation_id, 'user', create_time, 'Lost' FROM messages WHERE id = '{message}'",
        "orphan postgres:not-indexed"),
    "a conversation holds nothing": (
        "INSERT INTO conversations (id, owner_id, origin, created_at) SELECT '{nobody}', owner_id, origin, created_at FROM conversations LIMIT 1",
        "empty"),
    "a message has no conversation": (
        "UPDATE messages SET conversation_id = '{nobody}' WHERE id = '{message}'", "no-conversation reference sqlite:wrong-index"),
    "a conversation is somebody else's": (
        "UPDATE conversations SET owner_id = (SELECT id FROM users WHERE name = 'bob') WHERE id = (SELECT conversation_id FROM sessions WHERE id = '{plain}')",
        "wrong-owner wrong-index"),
    "a chat has no conversation": (
        "UPDATE sessions SET conversation_id = '{nobody}' WHERE id = '{fork}'", "no-conversation reference"),
    "a chat has no owner": (
        "UPDATE sessions SET owner_id = '{nobody}' WHERE id = '{fork}'", "no-owner wrong-owner reference"),
    "a conversation has no owner": (
        "UPDATE conversations SET owner_id = '{nobody}' WHERE id = (SELECT conversation_id FROM sessions WHERE title = 'Empty')",
        "no-owner wrong-owner reference"),
    "a title is not what is searched": (
        "UPDATE sessions SET title_folded = 'Früh' WHERE id = '{plain}'", "title"),
    "a fork has no source": (
        "UPDATE sessions SET forked_from_id = '{nobody}' WHERE id = '{fork}'", "no-source"),
    "a fork leaves its source behind its own end": (
        "UPDATE sessions SET forked_at_idx = 99 WHERE id = '{fork}'", "fork-place"),
    "a live turn has no chat": (
        "UPDATE live_turns SET session_id = '{nobody}' WHERE session_id = '{failed}'", "live-turn reference"),
    "a live turn goes on behind the end": (
        "UPDATE live_turns SET base_idx = 2, question_idx = 3 WHERE session_id = '{writing}'", "live-turn"),
    "a live turn's question is nowhere": (
        "UPDATE live_turns SET question_idx = 0 WHERE session_id = '{writing}'", "live-turn"),
    "a live turn replaces what it does not answer": (
        "UPDATE live_turns SET replaces_from_idx = 0 WHERE session_id = '{failed}'", "live-turn"),
    "a live turn answers another question anew": (
        "UPDATE live_turns SET content = 'Something else' WHERE session_id = '{failed}'", "live-turn"),
    "a live turn's answer is a message already": (
        "UPDATE live_turns SET attempt = '{message}' WHERE session_id = '{writing}'", "live-turn"),
    "a live turn's question is a message already": (
        "UPDATE live_turns SET user_message_id = '{message}' WHERE session_id = '{writing}'", "live-turn"),
    "a live turn has failed for no reason": (
        "UPDATE live_turns SET problem = NULL WHERE session_id = '{failed}'", "live-turn"),
    "a key waits for nothing": (
        "UPDATE idempotency_keys SET session_id = '{plain}' WHERE key = 'k-1'", "key"),
    "an index of a table is missing": (
        "DROP INDEX ix_sessions_list", "no-index"),
}  # fmt: skip


@pytest.mark.changes_schema
@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_found_and_named_and_nothing_else_is(book, damage, engine_name, kind):
    *statements, told = DAMAGES[kind]
    message = read_transcript(ALICE, book["plain"]).messages[3]
    leave_transaction()
    names = {"message": message.id, "nobody": NOBODY, **book}
    damage(*(statement.format(**names) for statement in statements))
    assert kinds() == on(engine_name, told.split())


def test_a_finding_says_where_it_is(book, damage):
    damage(f"UPDATE session_messages SET idx = 9 WHERE session_id = '{book['plain']}' AND idx = 3")
    assert {(finding.what, finding.where) for finding in findings()} == {
        ("gap", f"chat {book['plain']}, message 9"),
        ("count", f"chat {book['plain']}"),
    }


def test_a_key_in_flight_that_waits_for_no_answer_of_an_assistant_is_well(book):
    row = {"owner_id": ALICE.id, "key": "k-2", "fingerprint": "f" * 64, "created_at": utc_now()}
    with writing() as connection:
        connection.execute(insert(table_of(IdempotencyKey)), row)
    assert findings() == []


@pytest.mark.changes_schema
def test_a_trigger_that_is_missing_is_found(book, damage, engine_name):
    if engine_name == "sqlite":
        damage("DROP TRIGGER message_search_insert")
        assert kinds() == {"no-trigger"}
        say(ALICE, book["plain"], "Not indexed")
        assert kinds() == {"no-trigger", "not-indexed"}
    else:
        damage("ALTER TABLE messages DISABLE TRIGGER messages_are_final")
        assert kinds() == {"no-trigger"}


@pytest.mark.changes_schema
def test_messages_that_search_does_not_find_are_found(book, damage, engine_name):
    message = read_transcript(ALICE, book["plain"]).messages[3]
    leave_transaction()
    if engine_name == "sqlite":
        damage(
            "INSERT INTO message_search (message_search, rowid, owner, content, files) "
            f"SELECT 'delete', seq, owner, content, files FROM message_search_source WHERE content = '{message.content}'"
        )
        assert [finding.where for finding in findings() if finding.what == "not-indexed"] == [f"message {message.id}"]
    else:
        with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(False)) as connection:
            (made,) = connection.execute("SELECT pg_get_functiondef('message_search_words'::regproc)").fetchone()
            connection.execute(
                "CREATE OR REPLACE FUNCTION message_search_words(content text) RETURNS tsvector LANGUAGE sql IMMUTABLE "
                "STRICT PARALLEL SAFE AS $$ SELECT to_tsvector('pg_catalog.simple', 'another') $$"
            )
            connection.commit()
            # A connection that is open goes on with the function as it was.
            leave_transaction()
            db.engine.dispose()
            say(ALICE, book["plain"], "Whatever this says", "Nothing")
            connection.execute(made)
        leave_transaction()
        db.engine.dispose()
        assert kinds() == {"wrong-index"}
        assert len(findings()) == 2
    assert kinds(quick=True) <= {"not-indexed"}


@pytest.mark.one_database("PostgreSQL's index has no entries of its own.")
def test_entries_of_the_index_that_belong_to_nothing_are_found(book, damage):
    damage("INSERT INTO message_search (rowid, owner, content) VALUES (999, 'nobody', 'nothing')")
    assert kinds() == {"stale-index"}


@pytest.mark.one_database("SQLite knows no such state.", engine="postgres")
def test_an_index_that_is_not_valid_is_found(book, damage):
    damage("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'message_search_index'::regclass")
    try:
        assert kinds() == {"invalid-index"}
    finally:
        damage("UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'message_search_index'::regclass")


@pytest.mark.one_database("A database in one file is SQLite's.")
def test_a_file_with_a_broken_page_is_told_without_breaking_down(app, user, database_url):
    fill(user, 40, 50)
    with writing() as connection:
        (root,) = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'messages'").one()
    leave_transaction()
    db.engine.dispose()
    path = Path(database_url.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096 + 8)
        file.write(b"\xff" * 1000)
    found = kinds()
    assert found & {"damaged", "unreadable"}


def test_the_quick_way_does_not_read_what_messages_say(book, damage, engine_name):
    message = read_transcript(ALICE, book["plain"]).messages[3]
    leave_transaction()
    damage(f"UPDATE messages SET content = 'Elsewhere.' WHERE id = '{message.id}'")
    assert (kinds(quick=True), "digest" in kinds()) == (set(), True)
    damage(f"DELETE FROM session_messages WHERE session_id = '{book['plain']}' AND idx = 1")
    assert kinds(quick=True) == {"gap"}


def test_what_goes_on_meanwhile_is_no_finding(app, user):
    session = chat(user, "Hello")
    over = threading.Event()
    problems = []

    def write():
        with app.app_context():
            try:
                while not over.is_set():
                    say(user, session.id, "And?", "So.")
                    fork = fork_session(user, session.id, 1)
                    archive_session(user, fork.id)
                    purge_session(user, fork.id)
            except Exception as error:
                problems.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [finding for _ in range(15) for finding in findings()]
    finally:
        over.set()
        writer.join(30)
    assert (found, problems) == ([], [])
    assert len(contents(user, session.id)) > 4


@pytest.mark.slow
def test_it_keeps_few_messages_in_memory_however_many_there_are(app, user):
    def peak():
        tracemalloc.start()
        assert findings() == []
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    text = "word " * 4_000
    session = chat(user, (text, text))
    few = peak()
    for _ in range(100):
        session = say(user, session.id, text, text).session
    # Half of them at once is a batch, and some more is its rows.
    assert peak() < few + 150 * len(text)


# The command.


@pytest.fixture
def run(app):
    def run(*arguments):
        done = app.test_cli_runner().invoke(args=["verify", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output.splitlines()

    return run


def test_the_command_says_what_it_looked_at_and_that_nothing_is_wrong(app, run):
    with app.app_context():
        chat(ALICE, "Hello")
    said = "Checked 1 chats with 2 places, 2 messages, 0 live turns: nothing is wrong."
    assert run() == (0, [said])
    assert run("--quick") == (0, [said])


def test_the_command_prints_a_line_for_each_finding_and_ends_with_1(app, run, damage):
    with app.app_context():
        session = chat(ALICE, "Hello")
    damage(f"UPDATE sessions SET message_count = 3, title_folded = '' WHERE id = '{session.id}'")
    code, lines = run()
    assert code == 1
    assert [line.split(": ")[:2] for line in lines[:-1]] == [
        ["title", f"chat {session.id}"],
        ["count", f"chat {session.id}"],
    ]
    assert lines[-1].endswith("2 findings.")


@pytest.mark.changes_schema
def test_a_database_that_is_not_up_to_date_is_told_so(run, damage):
    damage("UPDATE alembic_version SET version_num = '0001'")
    code, (line,) = run()
    assert code == 1
    assert "minutebook db upgrade" in line
