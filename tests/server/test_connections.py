"""What one client may take of a worker: connections, the time of a request, the size of its header."""

import contextlib
import threading
import time

import pytest

from tests.server.wire import TOKEN, get, post
from webapp.http.audience import Audience, allow

pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")


HEALTHY = get("/healthz")


def is_served(server, source="127.0.0.1"):
    with server.connect(source) as wire:
        return wire.ask(HEALTHY).status == 200


def test_a_connection_on_which_nothing_is_sent_is_closed(serve):
    with serve(idle_seconds=0.2) as server, server.connect() as wire:
        assert wire.is_closed()
        assert wire._received == b""


def test_a_connection_whose_last_request_was_answered_is_closed(serve):
    with serve(idle_seconds=1.0) as server, server.connect() as wire:
        assert [wire.ask(HEALTHY).status for _ in range(3)] == [200] * 3
        assert wire.is_closed()


@pytest.mark.parametrize("sent", ["G", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: local", HEALTHY[:-2]])
def test_a_header_that_does_not_end_is_refused_in_time(serve, sent):
    with serve(header_seconds=0.3) as server, server.connect() as wire:
        answer = wire.ask(sent)
        assert (answer.status, "connection: close" in answer.header) == (408, True)
        assert wire.is_closed()


def test_a_header_that_comes_byte_by_byte_has_no_more_time(serve):
    with serve(header_seconds=0.5) as server, server.connect() as wire:
        trickle = threading.Thread(target=send_slowly, args=(wire, get("/healthz", "X-More: a\r\n" * 50)))
        trickle.start()
        assert wire.answer().status == 408
        wire.close()
        trickle.join(20)


def send_slowly(wire, text):
    with contextlib.suppress(OSError):
        for character in text:
            wire.send(character)
            time.sleep(0.05)


def test_the_second_header_of_a_connection_is_bounded_as_the_first_one(serve):
    with serve(header_seconds=0.3) as server, server.connect() as wire:
        assert wire.ask(HEALTHY).status == 200
        assert wire.ask(HEALTHY[:20]).status == 408


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"GET /{'x' * 9_000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (f"GET /healthz HTTP/1.1\r\nX-Long: {'x' * 80_000}\r\n\r\n", 431),
        ("GET /healthz HTTP/1.1\r\n" + "".join(f"X-{n}: a\r\n" for n in range(101)) + "\r\n", 431),
        ("GET /healthz HTTP/1.1\r\nX-Endless: " + "x" * 80_000, 431),
        ("GET /healthz\r\n\r\n", 400),
        ("GET /healthz HTTP/9.9\r\n\r\n", 400),
        ("BREW /healthz HTTP/1.1\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n broken: folded\r\nno colon\r\n\r\n", 400),
        ("POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        ("POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400),
        ("POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5\r\n\r\n", 400),
        ("POST /chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_what_is_no_request_or_too_large_a_one_is_refused_in_a_line(serve, sent, status):
    with serve() as server, server.connect() as wire:
        answer = wire.ask(sent)
        assert answer.status == status
        assert answer.body.decode().count("\n") == 1
        assert wire.is_closed()
        assert is_served(server)


def test_connections_that_only_wait_give_way_to_a_new_one_of_the_same_address(serve):
    with serve(connections_per_address=5) as server:
        waiting = [server.connect() for _ in range(5)]
        other = server.connect("127.0.0.2")
        for number, wire in enumerate(waiting):
            wire.send("" if number % 2 else "GET / HT")
        assert all(is_served(server) for _ in range(3))
        # Those that waited longest made room; that of another address did not.
        assert waiting[0].is_closed()
        assert other.ask(HEALTHY).status == 200
        for wire in (*waiting, other):
            wire.close()


def test_connections_that_only_wait_give_way_to_a_new_one_of_any_address(serve):
    with serve(connections=5, connections_per_address=None) as server:
        waiting = [server.connect(f"127.0.0.{number}") for number in range(2, 7)]
        unsent = server.connect().send(post("/sign-in", "name=", length=500))
        assert all(is_served(server) for _ in range(8))
        for wire in (*waiting, unsent):
            wire.close()


@pytest.fixture
def slow(app):
    """A view at `/slow` that is entered and then waits until it may go on."""
    entered, go_on = threading.Event(), threading.Event()

    def view():
        entered.set()
        assert go_on.wait(20)
        return "done"

    allow(Audience.ANYBODY)(view)
    app.add_url_rule("/slow", "slow", view)
    yield entered, go_on
    go_on.set()


def test_a_request_that_is_being_answered_gives_way_to_nobody(serve, slow):
    entered, go_on = slow
    with serve(connections_per_address=1) as server:
        asking = server.connect().send(get("/slow", TOKEN))
        assert entered.wait(20)
        refused = server.connect()
        assert refused.answer().status == 503
        assert is_served(server, "127.0.0.2")
        go_on.set()
        assert asking.answer().status == 200
        for wire in (asking, refused):
            wire.close()


def test_requests_that_follow_each_other_on_one_connection_are_answered_in_order(serve):
    with serve() as server, server.connect() as wire:
        wire.send(HEALTHY + get("/api/v1/sessions", TOKEN) + get("/nowhere", TOKEN) + HEALTHY)
        assert [wire.answer().status for _ in range(4)] == [200, 200, 404, 200]


def test_whoever_sends_nothing_more_is_answered_and_then_hung_up_on(serve):
    with serve() as server, server.connect() as wire:
        answer = wire.send(get("/api/v1/sessions", TOKEN)).end_sending().answer()
        assert answer.status == 200
        assert wire.is_closed()


def test_fields_whose_names_hold_an_underscore_are_not_taken_for_others(serve):
    with serve() as server, server.connect() as wire:
        assert wire.ask(get("/api/v1/sessions", TOKEN.replace("Authorization", "authorization"))).status == 200
        assert wire.ask(get("/healthz", "Content_Length: 5\r\nX_Forwarded_For: 203.0.113.9\r\n")).status == 200
        assert wire.ask(get("/api/v1/sessions", TOKEN.replace("Authorization", "Authoriz_ation"))).status == 401


def test_a_version_1_0_client_is_answered_and_hung_up_on(serve):
    with serve() as server, server.connect() as wire:
        answer = wire.ask("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert (answer.status, "connection: close" in answer.header) == (200, True)
        assert wire.is_closed()


def test_every_answer_carries_the_date_and_names_no_library(serve):
    with serve() as server, server.connect() as wire:
        for request in (HEALTHY, get("/sign-in"), "BREW / HTTP/1.1\r\n\r\n"):
            header = wire.ask(request).header
            assert "\r\ndate: " in header
            assert "server: minutebook" in header
            assert "uvicorn" not in header
