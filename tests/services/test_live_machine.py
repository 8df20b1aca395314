"""Any order of things that can happen to chats and their answers, against a model of a few lines."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from tests.services.assistants import ask
from tests.services.cast import age, say
from tests.services.live_chats import ChatsAndModel, start
from tests.services.live_model import Chat
from webapp.errors import Archived, Invalid, NotArchived
from webapp.services.agent import AgentService
from webapp.services.forks import fork_session
from webapp.services.live.runner import Runner
from webapp.services.live.scribe import Scribe
from webapp.services.purge import purge_session
from webapp.services.sessions import archive_session, restore_session
from webapp.services.transaction import writing

ANY = st.integers(0, 11)
#: What happens to a question once it was asked.
THEN = st.sampled_from(["wait", "write", "finish"])


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

    @precondition(ChatsAndModel.is_waiting)
    @rule(number=ANY, then=THEN)
    def ask_the_same(self, number, then):
        session_id, chat = self.pick(number, only_live=True)
        if chat.live.replaces in (None, chat.live.question):
            self.begin(session_id, chat.live.content, chat.live.replaces, then=then)

    @precondition(lambda self: self.chats)
    @rule(number=ANY, idx=st.integers(-1, 5), then=THEN)
    def edit(self, number, idx, then):
        self.begin(self.pick(number)[0], self.word(), idx, then=then)

    @precondition(ChatsAndModel.is_writing)
    @rule(number=ANY)
    def write(self, number):
        self.add(*self.writing(number))

    @precondition(ChatsAndModel.is_writing)
    @rule(number=ANY, how=st.sampled_from(["finish", "finish", "fail", "interrupt"]))
    def end(self, number, how):
        chat, draft = self.writing(number)
        self.finish(draft, chat, how)

    @precondition(ChatsAndModel.is_writing)
    @rule(number=ANY)
    def kill(self, number):
        chat, draft = self.writing(number)
        self.runner.forget(draft)
        age(draft.live.session_id)
        self.sleepers.append(draft)
        chat.live.state = "dead"

    @precondition(lambda self: self.sleepers)
    @rule(number=ANY, how=st.sampled_from(["finish", "fail"]))
    def wake(self, number, how):
        draft = self.sleepers.pop(number % len(self.sleepers))
        chat = self.chats.get(draft.live.session_id)
        is_current = chat and chat.live and (chat.live.attempt, chat.live.state) == (draft.live.attempt, "dead")
        self.finish(draft, chat if is_current else None, how)

    @precondition(ChatsAndModel.is_waiting)
    @rule(number=ANY, elsewhere=st.booleans())
    def stop(self, number, elsewhere):
        session_id, chat = self.pick(number, only_live=True)
        if elsewhere and chat.live.state == "writing":
            with writing() as connection:
                connection.execute(
                    text("UPDATE live_turns SET stop_wanted = true WHERE session_id = :id"), {"id": session_id}
                )
            Scribe().keep(self.runner.drafts())
        else:
            AgentService(self.user).stop(session_id)
        self.forget_ended()
        if chat.stop():
            del self.chats[session_id]

    @precondition(ChatsAndModel.is_waiting)
    @rule(number=ANY)
    def take_back(self, number):
        session_id, chat = self.pick(number, only_live=True)
        if refusal := chat.refuses_take_back():
            with pytest.raises(refusal):
                AgentService(self.user).take_back(session_id)
            return
        assert AgentService(self.user).take_back(session_id) == chat.live.content
        if chat.take_back():
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
    @rule(number=ANY)
    def say_elsewhere(self, number):
        session_id, chat = self.pick(number)
        question, answer = self.word(), self.word()
        if chat.archived:
            with pytest.raises(Archived):
                say(self.user, session_id, question, answer)
            return
        say(self.user, session_id, question, answer)
        chat.said += [("user", question), ("assistant", answer)]
        chat.touched = True

    @precondition(lambda self: self.chats)
    @rule(number=ANY)
    def archive_or_restore(self, number):
        session_id, chat = self.pick(number)
        (restore_session if chat.archived else archive_session)(self.user, session_id)
        chat.archived, chat.touched = not chat.archived, True

    @precondition(lambda self: self.chats)
    @rule(number=ANY)
    def purge(self, number):
        session_id, chat = self.pick(number)
        if not chat.archived:
            with pytest.raises(NotArchived):
                purge_session(self.user, session_id)
            return
        purge_session(self.user, session_id)
        del self.chats[session_id]

    @rule()
    def keep_rows(self):
        Scribe().keep(self.runner.drafts())
        self.forget_ended()
        assert {draft.live.session_id for draft in self.runner.drafts()} <= set(self.chats)


@pytest.mark.parametrize("engine_name", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True)
def test_whatever_happens_in_whatever_order_nothing_final_is_lost_and_nothing_else_is_kept(
    user, engine_name, monkeypatch
):
    monkeypatch.setattr(Runner, "start", start)
    examples = 25 if engine_name == "sqlite" else 10
    run_state_machine_as_test(
        Chats,
        settings=settings(
            max_examples=examples, stateful_step_count=40, deadline=None, database=None, print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
