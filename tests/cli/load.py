"""People who chat, edit, retry, stop, fork and delete, and remember what they were told was kept."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from tests.support.provider import chunk
from tests.support.sse import BROKEN, Client, text_of
from webapp.ids import new_id

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

#: A little more than a live turn without a heartbeat is taken for alive.
DEAD_AFTER = 46.0
_CHATS = 8


def whole(question: str) -> str:
    """What the provider answers to a question, if it is let finish."""
    return "".join(_pieces(question))


def _pieces(question: str) -> list[str]:
    return [f"You asked «{question}». ", *(f"Part {n} of the answer, ü 🎉. " for n in range(6)), "That is all."]


class FastProvider:
    """Streams its answers in a few hundredths of a second; now and then it breaks off."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def answer(self, handler) -> None:
        question = handler.asked["messages"][-1]["content"]
        with suppress(OSError):
            handler.send(b"", kind="text/event-stream")
        pieces = _pieces(question)
        if self._random.random() < 0.06:
            pieces = pieces[: self._random.randrange(4)]
        for piece in pieces:
            time.sleep(self._random.uniform(0, 0.02))
            if not handler.write(chunk(piece)):
                return
        if len(pieces) > 4:
            handler.write(chunk(finish="stop") + b"data: [DONE]\n\n")


class Said(NamedTuple):
    """A message as it was told to be kept."""

    id: str
    content: str


class Doubt(NamedTuple):
    """What was asked for when the connection broke: it happened wholly or not at all."""

    session_id: str
    before: tuple[Said, ...]
    #: Up to where the transcript stays, and what is asked there; no question if only the answer is made anew.
    keeps: int
    question: str | None
    asked: str
    key: str | None = None


class Gone(Exception):
    """The server does not answer any more."""


class Person:
    """Acts on chats of their own, one thing after the other."""

    def __init__(self, name: str, seed: str) -> None:
        self.name = name
        self.random = random.Random(seed)
        self.chats: dict[str, tuple[Said, ...]] = {}
        self.doubt: Doubt | None = None
        self.leaving: str | None = None
        #: Chats whose deletion was acknowledged.
        self.gone: list[str] = []
        self.dead: dict[str, tuple[float, Doubt]] = {}
        self.acts: dict[str, int] = {}
        self.number = 0
        self.client = Client(0)

    def run(self, port: int, over: threading.Event) -> None:
        """Act until the server is gone. What it answers wrongly is raised."""
        self.client = Client(port)
        while not over.is_set():
            try:
                self.act()
            except Gone:
                assert over.wait(10), "the server broke a connection off and was not killed"

    def act(self) -> None:
        """Do one thing."""
        ready = [session_id for session_id in self.chats if session_id not in self.dead]
        old = [s for s, (since, _) in self.dead.items() if time.monotonic() - since > DEAD_AFTER]
        if old:
            return self.revive(old[0])
        if not ready or (len(ready) < _CHATS and self.random.random() < 0.25):
            return self.begin_chat()
        session_id = self.random.choice(ready)
        if len(ready) >= _CHATS and self.random.random() < 0.4:
            return self.purge(session_id)
        act = self.random.choice([self.wait, self.stream, self.stream, self.hang_up, self.stop, self.edit, self.regenerate, self.fork])  # fmt: skip
        return act(session_id)

    # What a person does.

    def begin_chat(self) -> None:
        question = self.ask_something()
        if self.random.random() < 0.5:
            answer = self.send("POST", "/chat", {"content": question})
            if answer.status == 201:
                self.keep(answer.data["session_id"], (), question, answer.data)
            else:
                assert answer.status in {502, 503}, answer
            return
        with self.streaming("/chat", {"content": question}) as events:
            begun = next(events)
            self.chats[begun.data["session_id"]] = ()
            self.finish(Doubt(begun.data["session_id"], (), 0, question, question), events)

    def wait(self, session_id: str) -> None:
        question = self.ask_something()
        doubt = self.doubting(session_id, question=question, key=new_id())
        body = {"content": question, "session_id": session_id, "expected_last_idx": len(doubt.before) - 1}
        answer = self.send("POST", "/chat", body, Idempotency_Key=doubt.key)
        self.told(doubt, answer)

    def stream(self, session_id: str) -> None:
        question = self.ask_something()
        doubt = self.doubting(session_id, question=question)
        with self.streaming("/chat", {"content": question, "session_id": session_id}) as events:
            self.finish(doubt, events)

    def hang_up(self, session_id: str) -> None:
        """Close the tab in the middle of an answer, open another one and follow it there."""
        question = self.ask_something()
        doubt = self.doubting(session_id, question=question)
        with self.streaming("/chat", {"content": question, "session_id": session_id}) as events:
            for _ in range(self.random.randrange(1, 5)):
                next(events, None)
        self.follow(doubt)

    def stop(self, session_id: str) -> None:
        question = self.ask_something()
        doubt = self.doubting(session_id, question=question)
        with self.streaming("/chat", {"content": question, "session_id": session_id}) as events:
            for _ in range(self.random.randrange(1, 5)):
                next(events, None)
            stopped = self.send("POST", f"/sessions/{session_id}/live/stop")
            assert stopped.status in {200, 404, 409}, stopped
            if stopped.status == 404:
                self.follow(doubt)
            elif stopped.status == 409:
                # It does not stop, because the worker that writes it is dead.
                assert stopped.data["code"] == "request-in-flight", stopped
                raise Gone
            elif stopped.data["chat"]:
                self.keep(session_id, doubt.before, question, stopped.data["chat"])
            elif stopped.data["live"]:
                self.try_again(doubt)
            else:
                self.doubt = None
                self.note("stopped before the first word")

    def edit(self, session_id: str) -> None:
        places = range(0, len(self.chats[session_id]), 2)
        if not places:
            return
        question, idx = self.ask_something(), self.random.choice(places)
        doubt = self.doubting(session_id, keeps=idx, question=question)
        self.told(doubt, self.send("POST", f"/sessions/{session_id}/edits", {"idx": idx, "content": question}))

    def regenerate(self, session_id: str) -> None:
        said = self.chats[session_id]
        if not said:
            return
        doubt = self.doubting(session_id, keeps=len(said) - 1, question=None, asked=said[-2].content)
        self.told(doubt, self.send("POST", f"/sessions/{session_id}/retries"))

    def fork(self, session_id: str) -> None:
        said = self.chats[session_id]
        if not said:
            return
        idx = self.random.randrange(1, len(said), 2)
        answer = self.send("POST", f"/sessions/{session_id}/forks", {"idx": idx})
        assert answer.status == 201, answer
        self.chats[answer.data["id"]] = said[: idx + 1]
        self.note("forked")

    def purge(self, session_id: str) -> None:
        self.leaving = session_id
        for address in (f"/sessions/{session_id}", f"/sessions/{session_id}?purge=true"):
            assert self.send("DELETE", address).status == 204
        del self.chats[session_id]
        self.gone.append(session_id)
        self.leaving = None
        self.note("purged")

    def revive(self, session_id: str) -> None:
        """Try again what a killed server left behind."""
        # In doubt from here on: the server may be killed while it is asked how it ended.
        _, self.doubt = self.dead.pop(session_id)
        if self.was_finished(self.doubt):
            self.doubt = None
            return
        self.try_again(self.doubt)
        self.note("tried again after a kill")

    # How it goes on.

    def try_again(self, doubt: Doubt) -> None:
        """A question waits unanswered: mostly try it again, else, or if that fails as well, take it back."""
        if self.random.random() < 0.7:
            answer = self.send("POST", f"/sessions/{doubt.session_id}/retries")
            if answer.status != 502:
                self.told(doubt, answer)
                return
            self.note("failed again")
        answer = self.send("DELETE", f"/sessions/{doubt.session_id}/live")
        assert answer.status in {200, 404}, answer
        self.forget_if_gone(doubt)
        self.note("taken back")

    def forget_if_gone(self, doubt: Doubt) -> None:
        """A chat made for a question that was taken back goes with it."""
        if not doubt.before and self.send("GET", f"/sessions/{doubt.session_id}").status == 404:
            self.chats.pop(doubt.session_id, None)
        self.doubt = None

    def told(self, doubt: Doubt, answer) -> None:
        if answer.status in {200, 201}:
            self.done(doubt, answer.data)
            return
        assert answer.status in {502, 503}, answer
        if answer.status == 503:
            # The server is about to end or busy. A question that waited to be tried again still waits.
            self.settle(doubt)
            self.doubt = None
            return
        if "keep_url" in answer.data:
            # Some of the answer had come, so the question waits as it does after a stream.
            self.try_again(doubt)
            return
        self.forget_if_gone(doubt)
        self.note("failed")

    def finish(self, doubt: Doubt, events: Iterator) -> None:
        """Read an answer to its end."""
        self.doubt = doubt
        read = list(events)
        if not read or read[-1].name not in {"done", "error"}:
            raise Gone
        if read[-1].name == "done":
            assert text_of(read) == read[-1].data["message"]["content"]
            self.done(doubt, read[-1].data)
        else:
            if read[-1].data["code"] == "interrupted":
                # A worker whose supervisor was killed says so before it ends.
                raise Gone
            assert read[-1].data["code"] == "provider-failed", read
            self.try_again(doubt)

    def follow(self, doubt: Doubt) -> None:
        """Learn how it ended from another connection."""
        with self.connected(), self.client.stream("GET", f"/sessions/{doubt.session_id}/live") as stream:
            if stream.status == 200:
                self.finish(doubt, iter(stream))
                return
        actual = self.read(doubt.session_id)
        assert happened(doubt, actual), (doubt, actual)
        self.chats[doubt.session_id] = actual
        self.doubt = None
        self.note("finished alone")

    def done(self, doubt: Doubt, data) -> None:
        kept = doubt.before[: doubt.keeps]
        self.keep(doubt.session_id, kept, doubt.question, data)
        assert data["message_count"] == len(self.chats[doubt.session_id]), data

    def keep(self, session_id: str, before, question: str | None, data) -> None:
        """Remember what the server says it has kept."""
        asked = () if question is None else (Said(data["user_message_id"], question),)
        answer = Said(data["assistant_message_id"], data["message"]["content"])
        self.chats[session_id] = (*before, *asked, answer)
        self.doubt = None
        self.note("kept")

    # After a kill.

    def look_again(self, port: int) -> None:
        """See that nothing of what was told to be kept is missing, and which way what was doubtful went."""
        self.client = Client(port)
        doubt, self.doubt = self.doubt, None
        if self.leaving:
            status = self.send("GET", f"/sessions/{self.leaving}").status
            assert status in {200, 404}
            if status == 200:
                self.send("PATCH", f"/sessions/{self.leaving}", {"archived": False})
            else:
                del self.chats[self.leaving]
            self.leaving = None
        if doubt:
            self.settle(doubt)
        for session_id, (_, dead) in [*self.dead.items()]:
            if self.was_finished(dead):
                del self.dead[session_id]
        for session_id, said in self.chats.items():
            actual = self.read(session_id)
            assert actual == said, f"{self.name}: {session_id} was {said} and is {actual}"
        for session_id in self.gone:
            assert self.send("GET", f"/sessions/{session_id}").status == 404, f"{session_id} was deleted and is back"

    def settle(self, doubt: Doubt) -> None:
        live = self.send("GET", f"/sessions/{doubt.session_id}/live", Accept="application/json")
        if live.status == 404 and not doubt.before and self.send("GET", f"/sessions/{doubt.session_id}").status == 404:
            self.chats.pop(doubt.session_id, None)
            return self.note("never happened")
        actual = self.read(doubt.session_id)
        if live.status == 200:
            assert actual == doubt.before
            if live.data["state"] == "writing":
                self.note("died while it was written")
                self.dead[doubt.session_id] = (time.monotonic(), doubt)
            else:
                self.note("had failed")
                self.dead[doubt.session_id] = (float("-inf"), doubt)
            return None
        assert actual == doubt.before or happened(doubt, actual), f"{self.name}: torn: {doubt} and {actual}"
        self.chats[doubt.session_id] = actual
        self.note("never happened" if actual == doubt.before else "had been kept")
        if doubt.key and actual != doubt.before:
            self.repeat(doubt, actual)
        return None

    def was_finished(self, doubt: Doubt) -> bool:
        """Say whether a turn that seemed dead was finished by a worker that lived on: who followed it was elsewhere."""
        actual = self.read(doubt.session_id)
        if not happened(doubt, actual):
            return False
        self.chats[doubt.session_id] = actual
        self.note("finished by another worker")
        return True

    def repeat(self, doubt: Doubt, actual: tuple[Said, ...]) -> None:
        """Send a request again whose answer was lost: it is told the answer, and nothing is done twice."""
        body = {"content": doubt.question, "session_id": doubt.session_id, "expected_last_idx": len(doubt.before) - 1}
        answer = self.send("POST", "/chat", body, Idempotency_Key=doubt.key)
        assert (answer.status, answer.data["assistant_message_id"]) == (200, actual[-1].id)
        self.note("answered the same when repeated")

    # The means.

    def read(self, session_id: str) -> tuple[Said, ...]:
        messages = self.send("GET", f"/sessions/{session_id}").data["messages"]
        check_whole(messages)
        return tuple(Said(message["id"], message["content"]) for message in messages)

    def doubting(self, session_id: str, *, question, keeps: int | None = None, asked="", key=None) -> Doubt:
        before = self.chats[session_id]
        keeps = len(before) if keeps is None else keeps
        self.doubt = Doubt(session_id, before, keeps, question, asked or question, key)
        return self.doubt

    def ask_something(self) -> str:
        self.number += 1
        return f"{self.name} question {self.number}"

    def note(self, what: str) -> None:
        self.acts[what] = self.acts.get(what, 0) + 1

    def send(self, method: str, path: str, body=None, **headers: str):
        with self.connected():
            return self.client.ask(method, path, body, **headers)

    @contextmanager
    def streaming(self, path: str, body):
        with self.connected(), self.client.stream("POST", f"{path}", {**body, "stream": True}) as stream:
            assert stream.status in {200, 503}, stream.response.read()
            yield iter(stream)

    @contextmanager
    def connected(self):
        try:
            yield
        except TimeoutError as error:
            raise AssertionError("the server does not answer") from error
        except (*BROKEN, StopIteration) as error:
            raise Gone from error


def happened(doubt: Doubt, actual: tuple[Said, ...]) -> bool:
    """Say whether a transcript is what it would be if the doubtful thing had wholly happened."""
    new = actual[doubt.keeps :]
    if actual[: doubt.keeps] != doubt.before[: doubt.keeps]:
        return False
    if doubt.question is None:
        return len(new) == 1 and new != doubt.before[doubt.keeps :] and new[0].content == whole(doubt.asked)
    return len(new) == 2 and new[0].content == doubt.question and whole(doubt.question).startswith(new[1].content)


def check_whole(messages) -> None:
    """See that messages alternate and that no answer is torn."""
    for idx, message in enumerate(messages):
        assert (message["idx"], message["role"]) == (idx, ("user", "assistant")[idx % 2])
        if message["role"] == "assistant":
            full = whole(messages[idx - 1]["content"])
            if message["finish_reason"] == "stopped":
                assert message["content"]
                assert full.startswith(message["content"])
            else:
                assert (message["content"], message["finish_reason"]) == (full, "stop")
