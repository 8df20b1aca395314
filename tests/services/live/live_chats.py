"""Chats beside their model: how the two are started, compared and driven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from sqlalchemy import text

from tests.services.live.live_model import Chat
from tests.support.accounts import ALICE
from tests.support.cast import age, chat, live_rows, say
from tests.support.scripted_assistants import ask, offer
from webapp.agent.values import End
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Archived, ProviderFailed
from webapp.services.live.ending import fail_draft, interrupt, store_draft
from webapp.services.live.process.draft import Draft
from webapp.services.live.process.pool import Runner
from webapp.services.search.index import newest_numbers
from webapp.services.search.places import find_places
from webapp.services.search.query import parse
from webapp.services.sessions.changes import archive_session
from webapp.services.titles import automatic_title
from webapp.services.transcripts.digests import extend
from webapp.services.transcripts.reading import read_transcript
from webapp.state import current

if TYPE_CHECKING:
    from webapp.services.live.process.draft import Draft

TABLES = (
    "idempotency_keys live_turns kept_messages replacements session_messages sessions messages conversations".split()
)
#: Who said what where, in order; and the sessions.
SAID = text("SELECT CAST(session_id AS VARCHAR) AS session_id, idx, CAST(message_id AS VARCHAR) AS message_id, digest, role, content FROM session_messages JOIN messages ON id = message_id ORDER BY session_id, idx")  # fmt: skip
SESSIONS = text("SELECT CAST(id AS VARCHAR) AS id, message_count, archived, title, title_source FROM sessions")
WASTE = text(
    """
    SELECT (SELECT count(*) FROM messages WHERE id NOT IN (SELECT message_id FROM session_messages)
            AND id NOT IN (SELECT message_id FROM kept_messages)),
           (SELECT count(*) FROM conversations WHERE id NOT IN (SELECT conversation_id FROM messages)
            AND id NOT IN (SELECT conversation_id FROM sessions))
    """
)


def launch(runner, draft, _work, key):
    """Start a draft without a writer: the machine writes it."""
    runner.slots.release(draft.owner_id)
    draft._release = None
    runner._by_key[key] = draft


def forget(runner, draft):
    """Let the process know nothing of a draft any more. Its place was given back when it was begun."""
    runner._by_key.pop(draft.live.session_id, None)


class ChatsAndModel(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.user, self.runner = ALICE, current(Runner)
        self.chats: dict[str, Chat] = {}
        self.sleepers: list[Draft] = []
        self.words = 0

    @initialize()
    def empty(self):
        offer()
        self.runner._by_key.clear()
        with writing() as connection:
            for table in TABLES:
                connection.execute(text(f"DELETE FROM {table}"))
        for turns in (2, 1):
            session = chat(self.user, *((self.word(), self.word()) for _ in range(turns)))
            said = [(message.role, message.content) for message in read_transcript(self.user, session.id).messages]
            self.chats[session.id] = Chat(said, touched=True)

    def word(self):
        self.words += 1
        return f"minute word{self.words}"

    def pick(self, number, fits=lambda _chat: True):
        ids = sorted(session_id for session_id, chat in self.chats.items() if fits(chat))
        return ids[number % len(ids)], self.chats[ids[number % len(ids)]]

    def begin(self, session_id, content, edits=None, seen=None, *, drop=False, then=""):
        """Ask, or be refused as the model says."""
        chat = self.chats[session_id]
        more = {"edits_idx": edits, "expected_last_idx": seen, "drops_failed": drop}
        if refusal := chat.refusal(content, edits, seen, drop=drop):
            with pytest.raises(refusal):
                ask(self.user, content, session_id, **more)
            return
        chat.begin(content, edits, ask(self.user, content, session_id, **more).attempt)
        self.go_on(session_id, then)

    def go_on(self, session_id, then):
        """Let a question that was asked have its fate, step by step."""
        for step in then.split():
            live = self.chats[session_id].live
            if step in {"write", "finish", "fail", "kill"} and (live is None or live.state != "writing"):
                # It was refused, as the model said, to be tried again.
                return
            getattr(self, f"_{step}")(session_id)

    def _write(self, session_id):
        live = self.chats[session_id].live
        piece = f" {self.word()}" if live.text else self.word()
        self.runner.find(session_id).add(piece)
        live.text += piece

    def _finish(self, session_id):
        self.end(self.runner.find(session_id), self.chats[session_id], "finish")

    def _fail(self, session_id):
        self.end(self.runner.find(session_id), self.chats[session_id], "fail")

    def _kill(self, session_id):
        draft = self.runner.find(session_id)
        forget(self.runner, draft)
        age(session_id)
        self.sleepers.append(draft)
        self.chats[session_id].live.state = "dead"

    def _wake(self, _session_id, number=-1, how="finish"):
        draft = self.sleepers.pop(number % len(self.sleepers))
        chat = self.chats.get(draft.live.session_id)
        is_current = chat and chat.live and (chat.live.attempt, chat.live.state) == (draft.live.attempt, "dead")
        self.end(draft, chat if is_current else None, how)

    def _again(self, session_id):
        self.begin(session_id, None)

    def _say(self, session_id):
        chat = self.chats[session_id]
        if chat.archived:
            with pytest.raises(Archived):
                say(self.user, session_id, self.word())
            return
        turn = say(self.user, session_id, self.word(), self.word())
        chat.said += [("user", turn.user.content), ("assistant", turn.assistant.content)]
        chat.touched = True

    def _archive(self, session_id):
        archive_session(self.user, session_id)
        self.chats[session_id].archived = self.chats[session_id].touched = True

    def end(self, draft, chat, how):
        """Do what a writer does at its end, and what becomes of the chat."""
        is_kept = how == "finish" and bool(draft.text())
        if is_kept:
            store_draft(draft, End(model="m"))
        elif how == "interrupt":
            interrupt(draft)
        else:
            fail_draft(draft, ProviderFailed("No."))
        if chat and is_kept:
            chat.keep()
        elif chat:
            chat.live.state = "failed"
        self.forget_ended()

    def forget_ended(self):
        for draft in self.runner.tasks():
            if draft.outcome is not None:
                forget(self.runner, draft)

    @invariant()
    def is_as_the_model_says(self):
        connection = read_connection()
        said = connection.execute(SAID).all()
        for row in connection.execute(SESSIONS).all():
            told, rows = self.chats[row.id], [line for line in said if line.session_id == row.id]
            assert [(line.role, line.content) for line in rows] == told.said
            assert [line.idx for line in rows] == list(range(len(told.said)))
            assert (row.message_count, row.archived) == (len(told.said), told.archived)
            digest = None
            for line in rows:
                digest = extend(digest, line.role, line.content)
                assert bytes(line.digest) == digest
            if row.title_source == "auto" and rows:
                assert row.title == automatic_title(rows[0].content)
        assert len(connection.execute(SESSIONS).all()) == len(self.chats)
        assert tuple(connection.execute(WASTE).one()) == (0, 0)
        linked = {line.message_id for line in said}
        numbers = newest_numbers(connection, self.user, parse("minute "), 1_000)
        assert {place.message_id for place in find_places(connection, parse(""), numbers).values()} == linked
        assert len(numbers) == len(linked)
        leave_transaction()

    @invariant()
    def live_turns_are_the_models(self):
        told = {
            row.session_id: (row.attempt, row.content, row.base_idx, row.question_idx, row.replaces_from_idx, row.state)
            for row in live_rows()
        }
        assert told == {
            session_id: (chat.live.attempt, chat.live.content, chat.live.base, chat.live.question, chat.live.replaces, chat.live.state.replace("dead", "writing"))
            for session_id, chat in self.chats.items() if chat.live
        }  # fmt: skip

    def teardown(self):
        self.runner._by_key.clear()
