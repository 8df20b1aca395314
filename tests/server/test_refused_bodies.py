"""A body that is refused before it has come whole is read to its end, so that its client comes to read why.

A connection that is closed with bytes unread is reset, and a reset destroys what was answered.
"""

import pytest

from tests.server.wire import TOKEN, get, post
from webapp.server import request_body

pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")

LONG = 3_000_000


def chunks(body, headers):
    """A body whose length nobody says."""
    head = post("/api/v1/chat", "", headers, kind="application/json").replace(
        b"Content-Length: 0", b"Transfer-Encoding: chunked"
    )
    return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body.encode())


def stated(body, headers):
    return post("/api/v1/chat", body, headers, kind="application/json")


@pytest.mark.parametrize("write", [stated, chunks])
@pytest.mark.parametrize("headers", ["", "Connection: close\r\n"], ids=["kept", "closed"])
def test_who_sends_all_before_reading_is_told_that_it_is_too_long(serve, write, headers):
    with serve() as server, server.connect() as wire:
        answer = wire.ask(write("x" * LONG, TOKEN + headers))
        assert (answer.status, b"too-large" in answer.body or b"too large" in answer.body) == (413, True), answer.body
        if headers:
            assert wire.is_closed()
        else:
            assert wire.ask(get("/healthz")).status == 200


def test_the_rest_may_come_after_the_answer(serve):
    whole = stated("x" * LONG, TOKEN)
    with serve() as server, server.connect() as wire:
        assert wire.ask(whole[:1_000]).status == 413
        wire.send(whole[1_000:])
        assert wire.ask(get("/healthz")).status == 200


def test_who_asks_before_sending_is_told_at_once_and_not_to_go_on(serve):
    with serve() as server, server.connect() as wire:
        head = post("/api/v1/chat", "", f"{TOKEN}Expect: 100-continue\r\nConnection: close\r\n", length=LONG)
        assert wire.ask(head).status == 413
        assert wire.is_closed()


def test_the_rest_is_not_waited_for_for_ever(serve, monkeypatch):
    monkeypatch.setattr(request_body, "_REST_SILENCE_SECONDS", 0.05)
    with serve() as server, server.connect() as wire:
        assert wire.ask(post("/api/v1/chat", "x", f"{TOKEN}Connection: close\r\n", length=LONG)).status == 413
        assert wire.is_closed()
