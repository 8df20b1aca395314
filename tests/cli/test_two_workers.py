"""Two processes serve one book: an answer that one of them writes is followed, stopped and repeated through the other."""

import threading

import pytest

from tests.support.provider import running
from tests.support.replies import Held, holding, serving
from tests.support.server import furnish
from tests.support.sse import WorkerClient, text_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

QUESTION = {"content": "Count, please."}
FIRST = tuple(f"{number} ü🎉 " for number in range(60))
LAST = tuple(f"{number} é " for number in range(60, 80))


@pytest.fixture(scope="module")
def provider():
    with running(lambda _: None) as provider:
        yield provider


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request, provider, tmp_path_factory):
    """A server on each database; every test has chats of its own on it."""
    data_dir = tmp_path_factory.mktemp("two-workers")
    if request.param == "sqlite":
        furnish(data_dir, request.getfixturevalue("sqlite_template"))
        url = None
    else:
        postgres = request.getfixturevalue("postgres")
        postgres.copy_database("template", "two_workers")
        url = postgres.url("two_workers")
    server = serving(url, data_dir, provider.url, MINUTEBOOK_WORKERS="2")
    yield server
    server.kill()
    if url:
        postgres.drop_database("two_workers")


@pytest.fixture
def held(provider):
    with holding(provider, Held(FIRST, LAST, pause=0.02)) as held:
        yield held


@pytest.fixture
def here(server):
    """A client of one worker."""
    return WorkerClient(server, server.workers()[0])


@pytest.fixture
def there(server):
    """A client of the other one."""
    return WorkerClient(server, server.workers()[1])


class Reader(threading.Thread):
    """Reads a stream to its end."""

    def __init__(self, client, path, **headers):
        super().__init__()
        self.client, self.path, self.headers = client, path, headers
        self.events = []
        self.worker = None
        self.start()

    def run(self):
        with self.client.stream("GET", self.path, **self.headers) as stream:
            self.worker = self.client.server.worker_of(stream.local_port)
            for event in stream:
                self.events.append(event)

    def result(self):
        self.join(40)
        assert not self.is_alive()
        return self.events


def begin(client):
    """Begin an answer in the client's worker, and return its chat and what is said of its begin."""
    with client.stream("POST", "/chat", QUESTION) as stream:
        begun = next(iter(stream)).data
        assert client.server.worker_of(stream.local_port) == client.worker
    return begun["session_id"], begun


def wait_for_text(client, session_id, text):
    """Wait until so much is written down."""
    address = f"/sessions/{session_id}/live"
    eventually(lambda: client.ask("GET", address, Accept="application/json").data["text"] == text)


def answer_in(client, session_id):
    return client.ask("GET", f"/sessions/{session_id}").data["messages"][-1]


def test_followers_of_both_processes_get_the_whole_text_without_a_gap_or_a_repeat(here, there, held):
    session_id, begun = begin(here)
    readers = [Reader(client, f"/sessions/{session_id}/live") for client in (here, there) * 3]
    eventually(lambda: all(reader.events for reader in readers))
    held.may_finish.set()
    late = Reader(there, f"/sessions/{session_id}/live")
    for reader in (*readers, late):
        events = reader.result()
        assert reader.worker == reader.client.worker
        assert [events[0].name, events[-1].name] == ["start", "done"]
        assert text_of(events) == held.whole == events[-1].data["message"]["content"]
        lengths = [int(event.id.partition(":")[2]) for event in events if event.name == "delta"]
        assert lengths == sorted(set(lengths))
        assert events[-1].data["assistant_message_id"] == begun["assistant_message_id"]
    assert any(sum(event.name == "delta" for event in reader.events) > 2 for reader in readers[1::2])
    assert answer_in(there, session_id)["content"] == held.whole


def test_a_stream_that_broke_off_goes_on_in_the_other_process(here, there, held):
    session_id, _ = begin(here)
    read, last_id = "", None
    for client in (there, here, there, here):
        if read == "".join(FIRST):
            break
        headers = {"Last_Event_ID": last_id} if last_id else {}
        with client.stream("GET", f"/sessions/{session_id}/live", **headers) as stream:
            for event in stream:
                read += text_of([event])
                if event.name == "delta":
                    break
            last_id = stream.last_id
    assert held.whole.startswith(read)
    assert read
    held.may_finish.set()
    rest = Reader(there, f"/sessions/{session_id}/live", Last_Event_ID=last_id).result()
    assert (read + text_of(rest), rest[-1].name) == (held.whole, "done")


def test_it_goes_on_as_well_when_the_answer_was_finished_meanwhile(here, there, held):
    session_id, _ = begin(here)
    with there.stream("GET", f"/sessions/{session_id}/live") as stream:
        read = ""
        for event in stream:
            read += text_of([event])
            if read:
                break
    held.may_finish.set()
    assert Reader(here, f"/sessions/{session_id}/live").result()[-1].name == "done"
    rest = Reader(there, f"/sessions/{session_id}/live", Last_Event_ID=stream.last_id).result()
    assert (read + text_of(rest), rest[-1].name) == (held.whole, "done")


def test_the_other_process_can_stop_it_and_keeps_what_is_there(here, there, held):
    session_id, _ = begin(here)
    reader = Reader(there, f"/sessions/{session_id}/live")
    first = "".join(FIRST)
    wait_for_text(there, session_id, first)
    stopped = there.ask("POST", f"/sessions/{session_id}/live/stop").data["chat"]
    assert (stopped["message"]["content"], stopped["finish_reason"]) == (first, "stopped")
    events = reader.result()
    assert (text_of(events), events[-1].name, events[-1].data["finish_reason"]) == (first, "done", "stopped")
    assert answer_in(here, session_id)["content"] == first


def test_a_request_that_is_repeated_through_the_other_process_is_answered_once(server, here, there, held):
    answers = []
    key = {"Idempotency_Key": "the-same"}

    def ask(client):
        answers.append(client.ask("POST", "/chat", QUESTION, **key))

    asking = [threading.Thread(target=ask, args=(client,)) for client in (here, there, here, there)]
    for thread in asking:
        thread.start()
    eventually(lambda: held.asked and server.connections() == len(asking))
    held.may_finish.set()
    for thread in asking:
        thread.join(40)
    ask(there)
    ask(here)
    assert {answer.status for answer in answers} == {201}
    assert len(answers) == 6
    assert len({(answer.data["session_id"], answer.data["assistant_message_id"]) for answer in answers}) == 1
    assert [answer.data["message"]["content"] for answer in answers] == [held.whole] * 6
    assert [answer.headers["Idempotency-Replayed"] for answer in answers[4:]] == ["true"] * 2
    assert held.asked == 1


def test_a_chat_that_one_process_answers_is_busy_to_the_other(here, there, held):
    session_id, _ = begin(here)
    body = {"content": "And now?", "session_id": session_id}
    refused = there.ask("POST", "/chat", body)
    assert (refused.status, refused.data["code"]) == (409, "answering")
    held.may_finish.set()
    assert Reader(there, f"/sessions/{session_id}/live").result()[-1].name == "done"
    assert there.ask("POST", "/chat", body).data["message_count"] == 4
