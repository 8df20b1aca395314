"""The server is killed again and again under load (`kill -9`): nothing that was told to be kept is lost or torn.

Now all its processes die at once, now one worker, now the supervisor alone; with one worker and with two.
`MINUTEBOOK_KILLS` says how often, `MINUTEBOOK_SEED` repeats a run's choices.
"""

import os
import random
import threading
import time
from collections import Counter

import pytest

from tests.cli.load import FastProvider, Person, check_whole
from tests.support.cast import age
from tests.support.provider import running
from tests.support.replies import serving
from tests.support.server import Server
from tests.support.sse import Client
from webapp.database.transaction import leave_transaction
from webapp.services.verification import Verification

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("MINUTEBOOK_KILLS", "8"))
SEED = int(os.environ.get("MINUTEBOOK_SEED", time.time_ns() % 1_000_000))
PEOPLE = 6


@pytest.fixture
def kills(engine_name):
    return KILLS if engine_name == "sqlite" else max(3, KILLS // 4)


class Book:
    """A database, the server on it, and the people who use it."""

    def __init__(self, app, database_url, data_dir, provider_url):
        self.app = app
        self.place = (database_url, data_dir)
        self.provider_url = provider_url
        self.people = [Person(f"person {n}", f"{SEED} {n}") for n in range(PEOPLE)]
        self.server = None

    def start(self, workers=1):
        self.server = serving(*self.place, self.provider_url, MINUTEBOOK_WORKERS=str(workers))

    def verified_while_it_starts(self, workers):
        """Start the server, or wait for its new worker; meanwhile another process checks what the last one left."""
        found = []

        def verify():
            with self.app.app_context():
                try:
                    found.append(list(Verification().findings()))
                    leave_transaction()
                except Exception as error:
                    found.append(error)

        thread = threading.Thread(target=verify)
        thread.start()
        try:
            if self.server.process.poll() is None:
                assert self.server.wait_until_it_answers()
            else:
                self.start(workers)
        finally:
            thread.join(120)
        assert found == [[]]

    def kept(self):
        return sum(person.acts.get("kept", 0) for person in self.people)

    def use_until_killed(self, seconds, kill, *, is_warm):
        """Let everybody act for so long (mostly once it has kept something), then kill it, whatever it is doing."""
        over = threading.Event()
        problems = []

        def act(person):
            try:
                person.run(self.server.port, over)
            except Exception as error:
                problems.append(error)

        threads = [threading.Thread(target=act, args=(person,)) for person in self.people]
        kept, deadline = self.kept(), time.monotonic() + 15
        for thread in threads:
            thread.start()
        while is_warm and self.kept() == kept and not problems and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(seconds)
        kill(self.server)
        over.set()
        for thread in threads:
            thread.join(60)
        if problems:
            raise problems[0]

    def look_again(self):
        for person in self.people:
            person.look_again(self.server.port)

    def all_chats(self):
        client, cursor = Client(self.server.port), ""
        while cursor is not None:
            page = client.ask("GET", f"/sessions?limit=100&include_archived=true{cursor and f'&cursor={cursor}'}").data
            yield from page["data"]
            cursor = page["next"]


@pytest.fixture
def book(app, database_url, tmp_path):
    with running(FastProvider(SEED).answer) as provider:
        book = Book(app, database_url, tmp_path, provider.url)
        try:
            yield book
        finally:
            if book.server and book.server.process.poll() is None:
                book.server.kill()


def test_nothing_that_was_kept_is_lost_or_torn_however_often_the_server_is_killed(book, kills):
    print("seed", SEED)
    choice = random.Random(SEED)
    book.start()
    ways = {
        "all": Server.kill,
        "a worker": lambda server: server.kill_worker(choice),
        "the supervisor": Server.kill_supervisor,
    }
    # Who follows an answer of a worker that died waits until it counts as dead: only long runs have time for it.
    is_long = "MINUTEBOOK_KILLS" in os.environ
    died = Counter()
    for number in range(kills):
        way = choice.choice([*ways]) if is_long else "all"
        book.use_until_killed(choice.uniform(0, 1), ways[way], is_warm=number % 5 > 0)
        book.verified_while_it_starts(workers=choice.randint(1, 2) if is_long else 1)
        died[way] += 1
        print("kill", number + 1, "of", way)
        book.look_again()
    print(dict(died))
    acts = Counter()
    for person in book.people:
        acts.update(person.acts)
    print(dict(acts))
    assert acts["kept"] >= kills // 2
    what_was_left_behind_can_be_tried_again(book)


def what_was_left_behind_can_be_tried_again(book):
    client = Client(book.server.port)
    states = Counter()
    for chat in list(book.all_chats()):
        live = client.ask("GET", f"/sessions/{chat['id']}/live", Accept="application/json")
        if live.status == 404:
            check_whole(client.ask("GET", f"/sessions/{chat['id']}").data["messages"])
            continue
        states[live.data["problem"]] += 1
        if live.data["state"] == "failed":
            assert live.data["problem"] in {"interrupted", "provider-failed"}
            assert any(try_again(client, chat["id"]) for _ in range(10)), f"{chat['id']} is stuck"
    print(dict(states), "wait to be tried again")


def try_again(client, session_id):
    """Try again as a streaming client: a provider that breaks off leaves the question waiting."""
    with client.stream("POST", f"/sessions/{session_id}/retries", {"stream": True}) as stream:
        *_, last = stream
    assert last.name == "done" or last.data["code"] == "provider-failed", last
    return last.name == "done"


@pytest.mark.one_database("The heartbeat is the same on both databases.")
def test_a_turn_whose_server_was_killed_can_be_tried_again_once_its_heartbeat_is_old(app, database_url, tmp_path):
    held = threading.Event()

    def answer(handler):
        handler.send(b"", kind="text/event-stream")
        held.wait(60)

    with running(answer) as provider:
        server = serving(database_url, tmp_path, provider.url)
        try:
            with Client(server.port).stream("POST", "/chat", {"content": "Where is the key?"}) as stream:
                session_id = next(iter(stream)).data["session_id"]
                server.kill()
        finally:
            held.set()
            server.kill()
    with running(FastProvider(0).answer) as provider:
        server = serving(database_url, tmp_path, provider.url)
        try:
            client = Client(server.port)
            early = client.ask("POST", "/chat", {"content": "And now?", "session_id": session_id})
            assert (early.status, early.data["code"]) == (409, "answering")
            with app.app_context():
                age(session_id)
            with client.stream("GET", f"/sessions/{session_id}/live") as stream:
                *_, last = stream
            assert (last.name, last.data["code"]) == ("error", "interrupted")
            assert any(try_again(client, session_id) for _ in range(10))
            (asked, answered) = client.ask("GET", f"/sessions/{session_id}").data["messages"]
            check_whole([asked, answered])
        finally:
            server.kill()
