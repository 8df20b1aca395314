"""A reply that nobody wants any more: its thread comes back, the provider is hung up on, the next one is answered."""

from __future__ import annotations

import json
import select
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress
from queue import Queue

import pytest

from tests.support.programs import need
from tests.support.provider import HISTORY, chunk, endpoint, running, streams
from webapp.agent.connection import CuttableConnection
from webapp.agent.openai import OpenAIAssistant
from webapp.agent.protocol import AssistantFailed
from webapp.agent.stop import Stop
from webapp.agent.values import End, Text

GOOD = (chunk("Grey "), chunk("grout."), chunk(finish="stop"), b"data: [DONE]\n\n")
WHOLE = [Text("Grey "), Text("grout."), End(model="grout-7b")]

#: Long enough for a thread to be waiting, and for one that should not end to end.
A_MOMENT = 0.1


def says_nothing(handler):
    pass


def breaks_off_in_the_headers(handler):
    handler.write(b"HTTP/1.1 200 OK\r\nContent-Ty")


def sends_only_headers(handler):
    streams()(handler)


def breaks_off_in_an_event(handler):
    streams(chunk("Grey "), b'data: {"choi')(handler)


def breaks_off_in_the_stream(handler):
    streams(chunk("Grey "))(handler)


def breaks_off_between_chunks(handler):
    piece = chunk("Grey ")
    handler.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%s\r\n" % (len(piece), piece)
    )


def breaks_off_before_the_usage(handler):
    streams(chunk("Grey "), chunk(finish="stop"))(handler)


def breaks_off_in_an_error(handler):
    handler.write(b'HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"error')


def trickles(handler):
    streams(chunk("Grey "))(handler)
    while handler.write(b": waiting\n\n") and not handler.provider.over.wait(0.01):
        pass


def floods(handler):
    streams()(handler)
    handler.connection.settimeout(10)
    while handler.write(chunk("drip " * 1000)) and not handler.provider.over.is_set():
        pass


WAITS = {
    function.__name__: function
    for function in (says_nothing, breaks_off_in_the_headers, sends_only_headers, breaks_off_in_an_event, breaks_off_in_the_stream, breaks_off_between_chunks, breaks_off_before_the_usage, breaks_off_in_an_error)
}  # fmt: skip


class Waiting:
    """An answer that does so much and then waits until it is hung up on."""

    def __init__(self, begin):
        self.begin = begin
        self.begun = threading.Event()
        self.ended = threading.Event()

    def __call__(self, handler):
        self.begin(handler)
        self.begun.set()
        if handler.hears_the_end():
            self.ended.set()


class Reading(threading.Thread):
    """A thread that reads a reply to its end."""

    def __init__(self, there, stop, model="grout-7b"):
        super().__init__()
        self.events = []
        self.raised = None
        self.told = Queue()
        self._reply = OpenAIAssistant(there, model).reply(HISTORY, timeout=60, stop=stop)

    def run(self):
        try:
            for event in self._reply:
                self.events.append(event)
                self.told.put(event)
        except Exception as error:
            self.raised = error


@contextmanager
def reading(there, stop, model="grout-7b"):
    """Read a reply in a thread of its own that ends with the block, whatever happens."""
    thread = Reading(there, stop, model)
    thread.start()
    try:
        yield thread
    finally:
        stop.request()
        thread.join(5)


@contextmanager
def stopping(answer, there, model="grout-7b"):
    """Stop the reply of a provider that waits like this, and see that both sides come to an end."""
    stop = Stop()
    with reading(there, stop, model) as thread:
        assert answer.begun.wait(5)
        thread.join(A_MOMENT)
        assert thread.is_alive()

        stop.request()
        thread.join(5)
        assert not thread.is_alive()
        assert answer.ended.wait(5)
    yield thread


@pytest.mark.parametrize("begin", WAITS.values(), ids=WAITS)
def test_a_stop_ends_the_wait_on_both_sides_and_the_next_request_is_answered(begin):
    answer = Waiting(begin)
    with running(answer) as provider, endpoint(provider.url) as there, stopping(answer, there) as stopped:
        provider.answer = streams(*GOOD)
        assert list(OpenAIAssistant(there, "grout-7b").reply(HISTORY, timeout=5)) == WHOLE

    assert stopped.raised is None
    assert stopped.events in ([], [Text("Grey ")])


def test_what_had_come_before_the_stop_stands():
    answer = Waiting(breaks_off_in_the_stream)
    with running(answer) as provider, endpoint(provider.url) as there, stopping(answer, there) as stopped:
        assert stopped.events == [Text("Grey ")]


def test_the_wait_for_the_list_of_models_ends_too_and_nothing_more_is_asked():
    answer = Waiting(says_nothing)
    with running(answer) as provider, endpoint(provider.url) as there, stopping(answer, there, model=None) as stopped:
        assert stopped.events == []
        assert provider.asked == []


@pytest.mark.parametrize("answer", [trickles, floods])
def test_a_provider_that_goes_on_and_on_is_hung_up_on(answer):
    gone, stop = threading.Event(), Stop()

    def goes_on(handler):
        answer(handler)
        gone.set()

    with running(goes_on) as provider, endpoint(provider.url) as there, reading(there, stop) as thread:
        assert thread.told.get(timeout=5)
        assert not gone.is_set()

        stop.request()
        thread.join(5)

        assert not thread.is_alive()
        assert gone.wait(5)


@pytest.mark.parametrize("answer", [trickles, floods])
@pytest.mark.parametrize("whole", [0.5, 60])
def test_whoever_does_not_want_the_rest_hangs_up_without_a_stop_too(answer, whole):
    gone = threading.Event()

    def goes_on(handler):
        answer(handler)
        gone.set()

    with running(goes_on) as provider, endpoint(provider.url) as there:
        events = OpenAIAssistant(there, "grout-7b", whole=whole).reply(HISTORY, timeout=60)
        if whole == 60:
            assert next(events)
            assert not gone.is_set()
            events.close()
        else:
            with pytest.raises(AssistantFailed, match=r"within 0\.5 seconds"):
                list(events)

        assert gone.wait(5)


def test_a_stop_before_the_reply_begins_does_not_even_connect(monkeypatch):
    connected, stop = [], Stop()
    with running(streams(*GOOD)) as provider, endpoint(provider.url) as there:
        monkeypatch.setattr("socket.create_connection", lambda *args, **_: connected.append(args))
        events = OpenAIAssistant(there, "grout-7b").reply(HISTORY, timeout=5, stop=stop)
        stop.request()

        assert list(events) == []
        assert list(OpenAIAssistant(there).reply(HISTORY, timeout=5, stop=stop)) == []
        assert connected == []


def test_a_stop_while_it_is_connecting_asks_nothing_of_the_provider(monkeypatch):
    stop = Stop()
    connect = socket.create_connection

    def connect_and_stop(*args, **kwargs):
        connection = connect(*args, **kwargs)
        stop.request()
        return connection

    monkeypatch.setattr("socket.create_connection", connect_and_stop)
    with running(streams(*GOOD)) as provider, endpoint(provider.url) as there:
        assert list(OpenAIAssistant(there, "grout-7b").reply(HISTORY, timeout=5, stop=stop)) == []
        assert provider.asked == []
        assert list(OpenAIAssistant(there, "grout-7b").reply(HISTORY, timeout=5)) == WHOLE


def test_a_stop_by_the_one_who_reads_ends_it_with_the_piece_in_hand():
    stop = Stop()
    with running(streams(*GOOD)) as provider, endpoint(provider.url) as there:
        events = OpenAIAssistant(there, "grout-7b").reply(HISTORY, timeout=5, stop=stop)
        assert next(events) == WHOLE[0]

        stop.request()

        assert list(events) == []


def test_a_stop_after_the_end_does_nothing():
    stop = Stop()
    with running(streams(*GOOD)) as provider, endpoint(provider.url) as there:
        assistant = OpenAIAssistant(there, "grout-7b")
        assert list(assistant.reply(HISTORY, timeout=5, stop=stop)) == WHOLE

        other = assistant.reply(HISTORY, timeout=5)
        assert next(other) == WHOLE[0]
        stop.request()

        assert list(other) == WHOLE[1:]
        assert list(assistant.reply(HISTORY, timeout=5, stop=Stop())) == WHOLE


def test_of_two_replies_at_once_only_the_stopped_one_ends():
    go_on, one, other = threading.Event(), Stop(), Stop()
    unwanted = Waiting(breaks_off_in_the_stream)

    def answer(handler):
        if handler.asked["model"] == "unwanted":
            unwanted(handler)
        else:
            handler.send(GOOD[0], kind="text/event-stream")
            go_on.wait(10)
            handler.write(b"".join(GOOD[1:]))

    with (
        running(answer) as provider,
        endpoint(provider.url) as there,
        reading(there, one, "unwanted") as stopped,
        reading(there, other) as unharmed,
    ):
        assert stopped.told.get(timeout=5) == unharmed.told.get(timeout=5) == WHOLE[0]

        one.request()
        stopped.join(5)
        assert not stopped.is_alive()
        assert unwanted.ended.wait(5)
        unharmed.join(A_MOMENT)
        assert unharmed.is_alive()

        go_on.set()
        unharmed.join(5)
        assert unharmed.events == WHOLE
        assert unharmed.raised is None


def test_each_request_has_a_connection_of_its_own():
    """A stop reaches a connection by having seen it made; one that was kept for later could not be reached."""
    ports = []

    def answer(handler):
        ports.append(handler.client_address[1])
        handler.protocol_version = "HTTP/1.1"
        handler.close_connection = False
        body = json.dumps({"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "me"}]})
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.write(body.encode())

    with running(answer) as provider, endpoint(provider.url) as there:
        for _ in range(3):
            assert there.models(5) == ["m"]

    assert len(set(ports)) == 3


def test_a_cuttable_connection_lets_go_of_a_connection_when_it_has_another_and_in_the_end():
    ours, theirs = socket.socketpair()
    other_ours, other_theirs = socket.socketpair()
    with ours, theirs, other_ours, other_theirs:
        with CuttableConnection().open() as connection:
            for made in (ours, other_ours):
                connection.trace("connection.connect_tcp.complete", {"return_value": Made(made)})
            ours.close()
            theirs.settimeout(5)
            assert theirs.recv(1) == b""
        connection.cut()
        other_theirs.sendall(b"still there")
        assert other_ours.recv(5) == b"still"


@pytest.mark.parametrize("ends", [CuttableConnection.cut, lambda _: 1 / 0], ids=["cut", "broken off"])
def test_a_connection_that_is_cut_is_reset(ends):
    """A connection that is but finished on one side can keep a fast writer on the other waiting for minutes."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as ours:
        theirs, _ = server.accept()
        with theirs:
            with suppress(ZeroDivisionError), CuttableConnection().open() as connection:
                connection.trace("connection.connect_tcp.complete", {"return_value": Made(ours)})
                ours.close()
                ends(connection)
            hung_up = select.poll()
            hung_up.register(theirs, 0)
            assert [events & select.POLLHUP for _, events in hung_up.poll(5000)] == [select.POLLHUP]


class Made:
    """The HTTP client's word for a connection."""

    def __init__(self, connection):
        self._connection = connection

    def get_extra_info(self, name):
        return {"socket": self._connection}[name]


def test_a_stop_ends_the_wait_for_a_handshake():
    stop = Stop()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        with endpoint(f"https://127.0.0.1:{server.getsockname()[1]}/v1") as there, reading(there, stop) as thread:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                assert connection.recv(5)
                thread.join(A_MOMENT)
                assert thread.is_alive()

                stop.request()
                thread.join(5)

                assert not thread.is_alive()
                assert thread.raised is None
                while connection.recv(4096):
                    pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for this machine, and its key."""
    openssl = need("openssl", shutil.which("openssl"))
    path = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [openssl, *words.split(), "-keyout", path / "key", "-out", path / "certificate"],
        check=True,
        capture_output=True,
    )
    return path / "certificate", path / "key"


@pytest.mark.parametrize("begin", [says_nothing, breaks_off_in_the_stream])
def test_a_stop_ends_the_wait_under_tls(begin, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    answer = Waiting(begin)
    with running(answer, tls) as provider, endpoint(provider.url) as there, stopping(answer, there) as stopped:
        provider.answer = streams(*GOOD)
        assert list(OpenAIAssistant(there, "grout-7b").reply(HISTORY, timeout=5)) == WHOLE

    assert stopped.raised is None
