"""Removing an account: everything of its own goes, nothing of anybody else's, and the book is well."""

import threading
from io import BytesIO

import pytest
from sqlalchemy import insert, inspect, text

from tests.support.accounts import ALICE, PASSWORD
from tests.support.cast import chat, contents, eventually, say, stranger
from tests.support.doors import NOBODY
from tests.support.people import HERE, account, aside, together
from tests.support.scripted_assistants import answers, begin, offer
from tests.support.searching import search_messages
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Conflict, NotFound, ProviderFailed, WrongCredentials
from webapp.ids import new_id, utc_now
from webapp.models import (
    IdempotencyKey,
    IngestConversation,
    IngestRun,
    Job,
    LeftAnswer,
    SessionTag,
    Tag,
    table_of,
)
from webapp.services.accounts.accounts import all_accounts
from webapp.services.accounts.deletion import remove_account
from webapp.services.accounts.invitations import invite
from webapp.services.accounts.sign_ins import sign_in
from webapp.services.accounts.status import disable_account
from webapp.services.accounts.tokens import create_token, use_token
from webapp.services.files.storing import store_file
from webapp.services.instruction_values import Given
from webapp.services.instructions.storing import store_given
from webapp.services.live.following import get_live_turn
from webapp.services.live.process.pool import Runner
from webapp.services.sessions.changes import archive_session, create_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.appending import insert_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.transcripts.replacing import replace_from
from webapp.services.values import NewMessage
from webapp.services.verification import Verification
from webapp.state import current


@pytest.fixture
def slow(user, gate):
    """Assistants: one that waits for the gate, and one that fails."""
    offer(*answers("Hm, "), gate, key="slow")
    offer(ProviderFailed("no"), key="broken")


def live(user, session_id, assistant):
    begin(user, content="Well?", session_id=session_id, assistant=assistant)
    wanted = "failed" if assistant == "broken" else "writing"
    eventually(lambda: get_live_turn(user, session_id).state == wanted)


def live_a_little(user):
    """Let an account own something of every kind there is."""
    session = chat(user, ("Where is the key?", "Under the mat."), "And the ladder?")
    fork = fork_session(user, session.id, 2)
    say(user, fork.id, "Only in the fork")
    archive_session(user, chat(user, "Put away").id)
    purged = chat(user, "Gone")
    fork_session(user, purged.id, 1)
    archive_session(user, purged.id)
    purge_session(user, purged.id)
    chat(user, title="Empty", pinned=True)
    with_file = chat(user, "Hello")
    live(user, chat(user, "Hello").id, "broken")
    live(user, fork.id, "slow")
    key = {"owner_id": user.id, "key": "k", "fingerprint": "f" * 64, "created_at": utc_now(), "session_id": fork.id}
    with writing() as connection:
        connection.execute(insert(table_of(IdempotencyKey)), key)
        replace_from(
            connection,
            user,
            session.id,
            3,
            [NewMessage(role="assistant", content="Up there.", id=new_id())],
            kind="regenerate",
            expected_last_idx=3,
        )
        connection.execute(
            insert(table_of(LeftAnswer)), {"message_id": read_transcript(user, session.id).messages[1].id}
        )
        given = [Given("client", "system", 0, 0, "Be brief."), Given("chat", "system", 0, 0, "In verse.")]
        store_given(connection, user, session.id, given, at_idx=3, known=3)
        replace_from(
            connection,
            user,
            session.id,
            3,
            [NewMessage(role="assistant", content="In the shed.", id=new_id())],
            kind="regenerate",
            expected_last_idx=3,
        )
        store_given(connection, user, session.id, given, at_idx=3, known=3)
        has_everything_else(connection, user, session.id, with_file)
    sign_in(user.name, PASSWORD, HERE, remember=True)
    secret, _ = create_token(user, "notes")
    use_token(secret, HERE.address)
    invite(user._replace(is_admin=True))
    return session


def has_everything_else(connection, user, session_id, with_file):
    """Insert rows of the tables that no call above fills."""
    now, tag_id, run_id = utc_now(), new_id(), new_id()
    mine = {"owner_id": user.id, "created_at": now}
    for model, row in (
        (Tag, mine | {"id": tag_id, "name": "Home", "name_folded": "home"}),
        (SessionTag, {"session_id": session_id, "tag_id": tag_id}),
        (Job, mine | {"id": new_id(), "kind": "import", "state": "done", "done": 0, "farthest": 0, "attempts": 1}),
        (IngestRun, mine | {"id": run_id, "state": "done", "source": "a.zip", "confirmed": True, "written_to": 1}),
        (
            IngestConversation,
            {
                "run_id": run_id, "position": 0, "place": "a.json", "origin": "chatgpt", "title": "A", "state": "new",
                "message_count": 2, "new_count": 2, "file_count": 0, "made_session": True, "session_id": session_id,
            },
        ),
    ):  # fmt: skip
        connection.execute(insert(table_of(model)), row)
    stored = store_file(connection, user, BytesIO(b"abc"), "abc.txt")
    looks = NewMessage(content="Look", files=(stored,))
    insert_turn(connection, user, with_file.id, looks, NewMessage(content="Seen", role="assistant"))


def everything():
    """All rows of all tables, and what the search's index has; but not when a writer was last heard of."""
    names = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
    found = {name: {tuple(row) for row in _read(name)} for name in names if not name.startswith("message_search")}
    assert {"users", "audit_events", "messages", "sign_ins"} <= found.keys()
    found["words"] = {(hit.session_id, hit.idx) for hit in search_messages(ALICE, "key").data}
    leave_transaction()
    return found


def _read(name):
    columns = [column["name"] for column in inspect(db.engine).get_columns(name) if column["name"] != "heartbeat_at"]
    return read_connection().execute(text(f"SELECT {', '.join(columns)} FROM {name}")).all()


def well():
    found = list(Verification().findings())
    leave_transaction()
    return found == []


def test_everything_of_its_own_goes_and_nothing_of_anybody_elses(user, slow):
    live_a_little(ALICE)
    stranger("ghost")
    # What is being written has said its first word.
    eventually(lambda: any("Hm, " in row for row in everything()["live_turns"]))
    before = everything()
    bob = account("bob", admin=True)
    session = live_a_little(bob)
    invite(ALICE, account_id=bob.id)
    grown = {name for name, rows in everything().items() if len(rows) > len(before[name])}
    before["audit_events"] |= {
        row for row in everything()["audit_events"] if row not in before["audit_events"] and "reset-link-made" in row
    }
    # Connections to models belong to all.
    assert grown == before.keys() - {"words", "book", "connections", "connection_models", "model_catalog"}

    remove_account(ALICE, bob.id)

    assert everything() == before
    assert well()
    with pytest.raises(NotFound):
        contents(bob, session.id)
    assert search_messages(bob, "key").data == []
    with pytest.raises(WrongCredentials):
        sign_in("bob", PASSWORD, HERE, remember=False)


def test_its_name_is_free_again_and_who_takes_it_finds_nothing(user, slow):
    bob = account("bob")
    session = live_a_little(bob)
    remove_account(ALICE, bob.id)

    again = account("bob")

    assert search_messages(again, "key").data == []
    with pytest.raises(NotFound):
        contents(again, session.id)


def test_a_reply_that_comes_when_its_account_is_gone_leaves_nothing(user, slow, gate):
    bob = account("bob")
    session = chat(bob, "Hello")
    live(bob, session.id, "slow")

    remove_account(ALICE, bob.id)
    gate.open()

    eventually(lambda: read_connection() and not _runner().tasks())
    assert well()
    assert everything()["messages"] == set()


def _runner():

    return current(Runner)


def test_the_last_administrator_is_not_removed(user):
    bob = account("bob")
    with pytest.raises(Conflict, match="last administrator"):
        remove_account(ALICE, ALICE.id)
    disabled = account("carol", admin=True)
    disable_account(ALICE, disabled.id)
    with pytest.raises(Conflict):
        remove_account(ALICE, ALICE.id)

    for gone in (bob, disabled):
        remove_account(ALICE, gone.id)

    assert [one.name for one in all_accounts()] == ["alice"]


def test_the_first_account_may_go_when_another_administers(user):
    chat(ALICE, "Hello")
    account("bob", admin=True)

    remove_account(ALICE, ALICE.id)

    assert [one.name for one in all_accounts()] == ["bob"]
    assert everything()["messages"] == set()
    assert well()


def test_of_administrators_who_remove_each_other_at_once_one_is_left(app, user):
    for n in range(4):
        one, two = account(f"one{n}", admin=True), account(f"two{n}", admin=True)
        for gone in all_accounts():
            if gone.id not in {one.id, two.id}:
                remove_account(one, gone.id)
        outcomes = together(app, lambda: remove_account(one, two.id), lambda: remove_account(two, one.id))  # noqa: B023
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
        assert len(all_accounts()) == 1


def test_an_account_that_is_not_there_is_told_so(user):
    for account_id in (NOBODY, stranger("ghost").id):
        with pytest.raises(NotFound):
            remove_account(ALICE, account_id)


def test_an_account_goes_whole_while_somebody_writes_in_its_chats(app, user):
    for n in range(3):
        bob = account(f"bob{n}")
        sessions = [create_session(bob).id for _ in range(3)]

        over = threading.Event()

        def write(session_id):
            while not over.is_set():  # noqa: B023
                say(bob, session_id, "Still here?")  # noqa: B023

        def remove():
            try:
                eventually(lambda: contents(bob, sessions[0]))  # noqa: B023
                remove_account(ALICE, bob.id)  # noqa: B023
            except Exception:
                over.set()  # noqa: B023
                raise

        outcomes = together(app, remove, *(lambda one=one: write(one) for one in sessions))

        assert [type(outcome).__name__ for outcome in outcomes] == ["NoneType", *["NotFound"] * 3]
        assert everything()["messages"] == set()
    assert aside(app, well)
