"""Following an answer as it grows: in the process that writes it, and from any other."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, ended, eventually, stranger
from tests.support.scripted_assistants import Gate, answers, ask, fail, held, offer, stop
from webapp.agent.values import End, Text
from webapp.errors import NotFound
from webapp.services.live import discard, following
from webapp.services.live.feeds.registry import Feeds
from webapp.services.live.following import follow, get_live_turn, outcome_of, stored_turn
from webapp.services.live.values import Discarded, Failed

PIECES = ["Grey ", "grout, ", "\ud83c", "\udf89 ", "or none."]
WHOLE = "Grey grout, 🎉 or none."


@pytest.fixture(params=["here", "in another process"])
def watcher(request, app, make_app):
    """The app in which somebody follows what `app` writes."""
    return app if request.param == "here" else make_app()


@pytest.fixture(params=["a thread", "an event loop"], autouse=True)
def way(request, monkeypatch):
    """How a follower follows."""
    monkeypatch.setattr(Follower, "on_loop", request.param == "an event loop")


class Follower:
    """Somebody who follows an attempt in a thread of their own, or on an event loop, and remembers every sight."""

    on_loop = False

    def __init__(self, app, live):
        self.snapshots = []
        self._app, self._live = app, live
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self):
        if self.on_loop:
            asyncio.run(self._follow_on_loop())
            return
        with self._app.app_context():
            for sight in follow(ALICE, self._live):
                self.snapshots.append(sight)

    async def _follow_on_loop(self):
        feeds = Feeds(self._app, asyncio.to_thread)
        feeds.begin()
        async for sight in feeds.follow(ALICE, self._live):
            self.snapshots.append(sight)
        assert not feeds._feeds
        assert not feeds._followers

    def texts(self):
        return [sight.text for sight in self.snapshots if sight]

    def end(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.snapshots[-1].outcome


def test_a_follower_sees_the_text_grow_without_a_gap_to_its_outcome(user, watcher):
    gates = [Gate() for _ in PIECES]
    script = [step for piece, gate in zip(PIECES, gates, strict=True) for step in (Text(piece), gate)]
    offer(*script, End(model="m"))
    live = ask(user, "Which?")
    follower = Follower(watcher, live)

    seen = ["Grey ", "Grey grout, ", "Grey grout, ", "Grey grout, 🎉 ", WHOLE]
    for gate, text in zip(gates, seen, strict=True):
        gate.await_reply()
        eventually(lambda: text in follower.texts())  # noqa: B023
        gate.open()
    outcome = follower.end()

    texts = follower.texts()
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert texts[-1] == outcome.turn.assistant.content == WHOLE
    assert all(sight.outcome is None and sight.live == live for sight in follower.snapshots[:-1] if sight)
    assert outcome.turn == outcome_of(user, live).turn
    assert contents(user, live.session_id) == ["Which?", WHOLE]


def test_somebody_who_comes_late_sees_what_is_there_at_once(user, watcher):
    with held("Grey ", "grout") as gate:
        live = ask(user, "Which?")
        gate.await_reply()
        eventually(lambda: get_live_turn(user, live.session_id).partial == "Grey grout")
        follower = Follower(watcher, live)

        eventually(follower.texts)
        assert follower.texts()[0] == "Grey grout"
        gate.open()
        assert follower.end().turn.assistant.content == "Grey grout And the rest."


def test_somebody_who_comes_too_late_sees_how_it_ended(user, watcher):
    offer(*answers("Grey."))
    live = ask(user, "Which?")
    result = ended(user, live)

    follower = Follower(watcher, live)

    assert follower.end().turn == result.turn
    assert follower.texts() == ["Grey."]


def test_a_failure_is_seen_with_what_had_come(user, watcher):
    with held("Gre", rest=[ZeroDivisionError()]) as gate:
        live = ask(user, "Which?")
        follower = Follower(watcher, live)
        gate.await_reply()
        eventually(lambda: "Gre" in follower.texts())
    outcome = follower.end()

    assert isinstance(outcome, Failed)
    assert outcome == outcome_of(user, live)
    assert follower.texts()[-1] == "Gre"


def test_a_stop_is_seen_with_what_is_kept(user, watcher):
    with held("Grey") as gate:
        live = ask(user, "Which?")
        follower = Follower(watcher, live)
        gate.await_reply()
        stopped = stop(user, live.session_id)

    assert follower.end().turn == stopped.outcome.turn
    assert follower.texts()[-1] == "Grey"


def test_a_question_that_was_taken_back_is_seen_to_be_gone(user, watcher):
    with held() as gate:
        live = ask(user, "Which?")
        follower = Follower(watcher, live)
        gate.await_reply()
        stop(user, live.session_id)

        assert follower.end() == Discarded()
    failed = fail(user, "Which?")
    discard(user, failed.session_id)
    assert Follower(watcher, failed).end() == Discarded()


def test_a_line_on_which_nothing_is_said_is_kept_open(user, watcher, monkeypatch):
    monkeypatch.setattr(following, "QUIET_SECONDS", 0.1)
    with held() as gate:
        live = ask(user, "Which?")
        follower = Follower(watcher, live)

        eventually(lambda: follower.snapshots.count(None) >= 2)
        gate.open()
        assert follower.end().turn.assistant.content == " And the rest."


def test_nobody_follows_somebody_elses_answer(user, make_app):
    bob = stranger()
    with held("Grey") as gate:
        live = ask(user, "Which?", chat(user).id)
        gate.await_reply()

        assert get_live_turn(bob, live.session_id) is None
        assert stored_turn(bob, live.session_id, live.attempt) is None
        with make_app().app_context():
            assert [(sight.text, sight.outcome) for sight in follow(bob, live)] == [("", Discarded())]
        with pytest.raises(NotFound):
            discard(bob, live.session_id)
    ended(user, live)
    assert stored_turn(bob, live.session_id, live.attempt) is None


def test_who_looks_only_now_and_then_sees_the_first_words_at_once(user):
    after = Gate()
    with held(rest=(Text("Grey"), after, End(model="m"))) as gate:
        live = ask(user, "Which?")
        snapshots = follow(user, live, pace=60)
        assert next(snapshots).text == ""
        gate.open()
        after.await_reply()
        try:
            sight = next(snapshots)
        finally:
            after.open()

    assert (sight.text, sight.outcome) == ("Grey", None)
    assert ended(user, live).turn.assistant.content == "Grey"
