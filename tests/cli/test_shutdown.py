"""The end of the process: replies that are being written may finish, nothing is torn, and nobody holds it up."""

import errno
import os
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest

from tests.support.doors import problem, read
from tests.support.replies import FIRST, LAST, WHOLE, held_provider, serving
from tests.support.server import is_running
from tests.support.sse import Client, WorkerClient, text_of
from tests.support.waiting import eventually
from webapp.services.live.process.pool import Runner
from webapp.state import current

pytestmark = [pytest.mark.slow, pytest.mark.one_database("The process is the matter here, the database is not.")]

QUESTION = {"content": "Where is the key?"}
INTERRUPTED = "interrupted"


@pytest.fixture(params=[1, 2], ids=["1 worker", "2 workers"])
def workers(request):
    return str(request.param)


@pytest.fixture
def held():
    with held_provider() as held:
        yield held


@pytest.fixture
def start(database_url, tmp_path, held):
    """Start a server on the test's database; the last one is stopped in the end."""
    started = []

    def start(workers="1", grace="20"):
        server = serving(database_url, tmp_path, held.url, MINUTEBOOK_WORKERS=workers, MINUTEBOOK_GRACE=grace)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


def client_of(server):
    return Client(server.port)


@contextmanager
def half_answered(server):
    """A chat whose answer has begun; its stream and its id."""
    with client_of(server).stream("POST", "/chat", QUESTION) as stream:
        events = iter(stream)
        begun = next(events)
        assert (begun.name, text_of([next(events)])) == ("start", FIRST)
        yield events, begun.data["session_id"]


def ended(server, seconds=12):
    """Wait for the end of the process; long before the server would be killed if it did not come by itself."""
    try:
        assert server.process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        pytest.fail(f"it did not end: {server.log.read_text()}")
    assert "Traceback" not in server.log.read_text()


# What the server has left is looked at by another process: this one.


def transcript(client, session_id):
    return [message["content"] for message in read(client, session_id)["messages"]]


def whole(session_id, client):
    assert transcript(client, session_id) == [QUESTION["content"], WHOLE]
    assert client.get(f"/api/v1/sessions/{session_id}/live").status_code == 404


def refuses(server):
    """Say whether nothing listens at the port any more: the end has begun."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.port)) == errno.ECONNREFUSED


def interrupted(session_id, client):
    """The question waits, with what there was of its answer; nothing of it is in the transcript."""
    live = client.get(f"/api/v1/sessions/{session_id}/live", headers={"Accept": "application/json"}).json
    assert (live["state"], live["problem"], live["text"]) == ("failed", INTERRUPTED, FIRST)
    assert live["content"] == QUESTION["content"]
    assert transcript(client, session_id) == []


def test_an_answer_that_finishes_in_the_grace_time_is_kept_though_nobody_follows_it(start, held, workers, client):
    server = start(workers)
    with half_answered(server) as (_, session_id):
        pass
    server.tell(signal.SIGTERM)
    eventually(lambda: refuses(server))
    assert server.process.poll() is None
    held.may_finish.set()
    ended(server)
    whole(session_id, client)


def test_who_follows_or_waits_gets_the_end_of_an_answer_that_finishes_in_the_grace_time(start, held, workers, client):
    server = start(workers)
    waited = []
    waiting = threading.Thread(target=lambda: waited.append(client_of(server).ask("POST", "/chat", QUESTION)))
    with half_answered(server) as (events, session_id):
        waiting.start()
        eventually(lambda: len(client_of(server).ask("GET", "/sessions").data["data"]) == 2)
        server.tell(signal.SIGTERM)
        eventually(lambda: refuses(server))
        held.may_finish.set()
        rest = list(events)
        assert (text_of(rest), rest[-1].name, rest[-1].data["message"]["content"]) == (LAST, "done", WHOLE)
        waiting.join(20)
        assert (waited[0].status, waited[0].data["message"]["content"]) == (201, WHOLE)
    ended(server)
    whole(session_id, client)


def test_what_is_not_finished_in_the_grace_time_is_interrupted_and_can_be_tried_again(start, held, workers, client):
    server = start(workers, grace="1")
    with half_answered(server) as (events, session_id):
        server.tell(signal.SIGTERM)
        (last,) = events
        assert (last.name, last.data["code"]) == ("error", INTERRUPTED)
    ended(server)
    interrupted(session_id, client)
    held.may_finish.set()
    again = client_of(start(workers))
    assert again.ask("POST", f"/sessions/{session_id}/retries").data["message"]["content"] == WHOLE
    whole(session_id, client)


def test_who_comes_after_the_end_has_begun_is_refused_at_the_door_and_not_kept_waiting(start, held):
    server = start("2")
    with half_answered(server) as (events, _):
        server.tell(signal.SIGTERM)
        eventually(lambda: refuses(server))
        held.may_finish.set()
        assert list(events)[-1].name == "done"
    ended(server)


def test_no_answer_begins_once_the_end_has_begun(app, client):
    current(Runner, app).closing.watch(lambda: True)
    problem(client.post("/api/v1/chat", json=QUESTION), 503, "busy")
    assert client.get("/api/v1/sessions?include_archived=true").json["data"] == []


def test_it_is_interrupted_too_where_nobody_follows_it(start, client):
    server = start("2", grace="0")
    with half_answered(server) as (_, session_id):
        pass
    eventually(lambda: server.connections() == 0)
    server.tell(signal.SIGTERM)
    ended(server)
    interrupted(session_id, client)


def test_a_follower_of_another_process_is_let_go_at_once_and_goes_on_where_it_was(start, held):
    server = start("2")
    here, there = (WorkerClient(server, worker) for worker in server.workers())
    with here.stream("POST", "/chat", QUESTION) as stream:
        session_id = next(iter(stream)).data["session_id"]
    with there.stream("GET", f"/sessions/{session_id}/live") as follower:
        events = iter(follower)
        while text_of([next(events)]) != FIRST:
            pass
        server.tell(signal.SIGTERM)
        assert list(events) == []
    held.may_finish.set()
    ended(server)
    again = client_of(start())
    with again.stream("GET", f"/sessions/{session_id}/live", Last_Event_ID=follower.last_id) as rest:
        events = list(rest)
    assert (text_of(events), events[-1].name) == (LAST, "done")


def test_a_second_sigterm_does_not_cut_the_grace_time_short(start, held, client):
    server = start("2")
    with half_answered(server) as (events, session_id):
        for _ in range(2):
            server.tell(signal.SIGTERM, group=True)
            eventually(lambda: refuses(server) and server.has_taken_signals())
        held.may_finish.set()
        assert list(events)[-1].name == "done"
    ended(server)
    whole(session_id, client)


def test_ctrl_c_lets_the_answer_finish_as_well(start, held, client):
    server = start("2")
    with half_answered(server) as (events, session_id):
        server.tell(signal.SIGINT, group=True)
        eventually(lambda: refuses(server))
        held.may_finish.set()
        assert list(events)[-1].name == "done"
    ended(server)
    assert "Ctrl+C again" in server.log.read_text()
    whole(session_id, client)


@contextmanager
def pressing_ctrl_c(server, first):
    """Send a signal, and then Ctrl+C again and again: a second one that comes at once is taken for the first."""
    is_over = threading.Event()

    def press():
        while not is_over.wait(0.05):
            with suppress(ProcessLookupError):
                server.tell(signal.SIGINT, group=True)

    server.tell(first, group=True)
    eventually(lambda: refuses(server))
    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_for_the_second_time_does_not_wait_and_still_keeps_what_there_is(start, first, client):
    server = start("2", grace="60")
    with half_answered(server) as (events, session_id), pressing_ctrl_c(server, first):
        (last,) = events
        assert (last.name, last.data["code"]) == ("error", INTERRUPTED)
    ended(server)
    interrupted(session_id, client)


def test_with_nothing_to_finish_it_ends_at_once_whoever_is_connected(start, workers):
    server = start(workers)
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    try:
        eventually(lambda: all(server.worker_of(connection.getsockname()[1]) for connection in silent))
        client_of(server).ask("GET", "/sessions")
        server.tell(signal.SIGTERM)
        ended(server)
    finally:
        for connection in silent:
            connection.close()


def test_workers_whose_master_was_killed_end_by_themselves_and_give_the_port_up(start, client):
    server = start("2", grace="1")
    with half_answered(server) as (events, session_id):
        orphans = server.workers()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        (last,) = events
        assert (last.name, last.data["code"]) == ("error", INTERRUPTED)
    eventually(lambda: not any(is_running(pid) for pid in orphans))
    with socket.socket() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port.bind(("127.0.0.1", server.port))
    interrupted(session_id, client)
