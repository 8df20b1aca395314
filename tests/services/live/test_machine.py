"""Any order of things that can happen to chats and their answers, against a model of a few lines."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from tests.services.live.live_chats import ChatsAndModel, launch
from tests.services.live.live_model import Chat
from tests.support.scripted_assistants import ask, stop
from webapp.database.transaction import writing
from webapp.errors import Invalid
from webapp.services.live import discard
from webapp.services.live.process.flusher import DraftFlusher
from webapp.services.sessions.changes import restore_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import purge_session
from webapp.services.workers.pool import Pool

ANY = st.integers(0, 11)
#: What becomes of a question that was asked.
FATES = (
    "", "write", "write finish", "write say finish", "write archive finish", "write kill again write wake finish",
    "kill again", "write kill say wake", "fail say again write finish",
)  # fmt: skip
THEN = st.sampled_from(FATES)


def is_waiting(chat):
    return chat.live is not None


def is_written(chat):
    return chat.live is not None and chat.live.state == "writing"


def is_archived(chat):
    return chat.archived


def some(fits):
    return lambda self: any(map(fits, self.chats.values()))


class Chats(ChatsAndModel):
    @precondition(lambda self: len(self.chats) < 3)
    @rule(then=THEN)
    def ask_first(self, then):
        content = self.word()
        live = ask(self.user, content)
        self.chats[live.session_id] = Chat()
        self.chats[live.session_id].begin(content, None, live.attempt, made=True)
        self.go_on(live.session_id, then)

    @precondition(lambda self: self.chats)
    @rule(number=ANY, seen=st.sampled_from([None, None, None, 1]), drop=st.booleans(), then=THEN)
    def ask_on(self, number, seen, drop, then):
        self.begin(self.pick(number)[0], self.word(), seen=seen, drop=drop, then=then)

    @precondition(lambda self: self.chats)
    @rule(number=ANY, drop=st.booleans(), then=THEN)
    def ask_again_or_anew(self, number, drop, then):
        self.begin(self.pick(number)[0], None, drop=drop, then=then)

    @precondition(some(is_waiting))
    @rule(number=ANY, then=THEN)
    def ask_the_same(self, number, then):
        session_id, chat = self.pick(number, is_waiting)
        if chat.live.replaces in (None, chat.live.question):
            self.begin(session_id, chat.live.content, chat.live.replaces, then=then)

    @precondition(lambda self: self.chats)
    @rule(number=ANY, idx=st.integers(-1, 5), then=THEN)
    def edit(self, number, idx, then):
        self.begin(self.pick(number)[0], self.word(), idx, then=then)

    @precondition(some(is_written))
    @rule(number=ANY, then=st.sampled_from([*FATES[1:], "kill", "write kill"]))
    def go_on_writing(self, number, then):
        self.go_on(self.pick(number, is_written)[0], then)
        DraftFlusher().flush(self.runner.tasks())
        self.forget_ended()

    @precondition(some(is_written))
    @rule(number=ANY, how=st.sampled_from(["finish", "fail", "interrupt"]))
    def end_writing(self, number, how):
        session_id, chat = self.pick(number, is_written)
        self.end(self.runner.find(session_id), chat, how)

    @precondition(lambda self: self.sleepers)
    @rule(number=ANY, how=st.sampled_from(["finish", "fail"]))
    def wake(self, number, how):
        self._wake(None, number, how)

    @precondition(some(is_waiting))
    @rule(number=ANY, elsewhere=st.booleans())
    def stop(self, number, elsewhere):
        session_id, chat = self.pick(number, is_waiting)
        if elsewhere and chat.live.state == "writing":
            with writing() as connection:
                connection.execute(
                    text("UPDATE live_turns SET stop_wanted = true WHERE session_id = :id"), {"id": session_id}
                )
            DraftFlusher().flush(self.runner.tasks())
        else:
            stop(self.user, session_id)
        self.forget_ended()
        if chat.stop():
            del self.chats[session_id]

    @precondition(some(is_waiting))
    @rule(number=ANY)
    def discard(self, number):
        session_id, chat = self.pick(number, is_waiting)
        if refusal := chat.refuses_take_back():
            with pytest.raises(refusal):
                discard(self.user, session_id)
            return
        assert discard(self.user, session_id) == chat.live.content
        if chat.discard():
            del self.chats[session_id]

    @precondition(lambda self: 0 < len(self.chats) < 4)
    @rule(number=ANY, idx=st.integers(-1, 5))
    def fork(self, number, idx):
        session_id, chat = self.pick(number)
        if not 0 <= idx <= chat.last:
            with pytest.raises(Invalid):
                fork_session(self.user, session_id, idx)
            return
        self.chats[fork_session(self.user, session_id, idx).id] = Chat(chat.said[: idx + 1])

    @precondition(lambda self: self.chats)
    @rule(number=ANY, what=st.sampled_from(["say", "archive"]))
    def meanwhile(self, number, what):
        self.go_on(self.pick(number)[0], what)

    @precondition(some(is_archived))
    @rule(number=ANY, purge=st.booleans())
    def purge_or_restore(self, number, purge):
        session_id, chat = self.pick(number, is_archived)
        if purge:
            purge_session(self.user, session_id)
            del self.chats[session_id]
        else:
            restore_session(self.user, session_id)
            chat.archived = False

    @precondition(lambda self: any(draft.live.session_id not in self.chats for draft in self.runner.tasks()))
    @rule()
    def hear_of_the_purge(self):
        DraftFlusher().flush(self.runner.tasks())
        self.forget_ended()
        assert {draft.live.session_id for draft in self.runner.tasks()} <= set(self.chats)


@pytest.mark.parametrize("engine_name", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True)
def test_whatever_happens_in_whatever_order_nothing_final_is_lost_and_nothing_else_is_kept(
    user, engine_name, monkeypatch
):
    monkeypatch.setattr(Pool, "launch", launch)
    examples = 40 if engine_name == "sqlite" else 10
    run_state_machine_as_test(
        Chats,
        settings=settings(
            max_examples=examples, stateful_step_count=50, deadline=None, database=None, print_blob=False,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
        ),
    )  # fmt: skip
