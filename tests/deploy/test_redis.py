"""Limits that several processes count together, in a real Redis, and what happens when it is gone."""

from __future__ import annotations

import itertools
import json
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from tests.deploy.fronts import program
from tests.support.accounts import BEARER, PASSWORD
from tests.support.server import Server, _die_with_parent, free_port, furnish

pytestmark = pytest.mark.slow

_addresses = (f"127.0.8.{number}" for number in itertools.count(1))


@contextmanager
def running_redis(folder, port):
    """Run a Redis that keeps nothing."""
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, preexec_fn=_die_with_parent)
    deadline = time.monotonic() + 30
    try:
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait(20)


def serve(folder, template, redis_port, **settings):
    """Start a Minutebook that counts in the Redis of a port."""
    url = f"redis://127.0.0.1:{redis_port}/0"
    return Server(None, furnish(folder, template), MINUTEBOOK_LIMITS_URL=url, **settings)


@pytest.fixture(scope="module")
def both(sqlite_template, tmp_path_factory):
    """Two processes that serve one book and count in one Redis."""
    folder, port = tmp_path_factory.mktemp("book"), free_port()
    with running_redis(folder, port):
        here = serve(folder, sqlite_template, port, MINUTEBOOK_WRITES_A_MINUTE="6")
        there = serve(folder, sqlite_template, port, MINUTEBOOK_WRITES_A_MINUTE="6")
        yield here, there
        here.stop()
        there.stop()


@pytest.fixture
def source():
    """An address of this machine that no other test asks from."""
    return next(_addresses)


def post(server, path, body, source, **headers):
    """Send something from an address; return the status and the headers of the answer."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30, source_address=(source, 0))
    try:
        connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers
    finally:
        connection.close()


def sign_in(server, source, name="alice", password=PASSWORD, **more):
    body = urlencode({"name": name, "password": password, **more})
    return post(server, "/sign-in", body, source, Content_Type="application/x-www-form-urlencoded")[0]


def guess(server, source, name="alice", **more):
    return sign_in(server, source, name, "a wrong password", **more)


def test_guesses_on_an_account_are_counted_in_all_processes_together(both, source):
    here, there = both
    assert [guess(server, source, "bob") for server in (here, there) * 5] == [401] * 10
    # Again and again: a refusal does not make anybody forget.
    assert [guess(server, source, "bob") for server in (here, there) * 5] == [429] * 10
    assert [guess(server, source, "carol") for server in both] == [401, 401]


def test_a_form_that_cannot_be_read_makes_nobody_forget_what_was_counted(both, source):
    here, _ = both
    for _ in range(10):
        guess(here, source, "dora")
    assert guess(here, next(_addresses), "dora") == 429
    assert guess(here, source, "dora", content="x" * 3_000_000) == 413
    assert guess(here, next(_addresses), "dora") == 429


def test_a_sign_in_brings_the_longest_message_with_it(both, source):
    here, _ = both
    assert sign_in(here, source, then="/chat", content="🪜" * 100_000) == 307


def test_what_somebody_writes_is_counted_in_all_processes_together(both, source):
    def write(server):
        headers = {"Content_Type": "application/json", **BEARER}
        return post(server, "/api/v1/sessions", json.dumps({"title": "One of many"}), source, **headers)

    answers = [write(server) for server in both * 5]
    assert [status for status, _ in answers] == [201] * 6 + [429] * 4
    assert all(0 < int(headers["Retry-After"]) <= 120 for status, headers in answers if status == 429)


def test_without_redis_each_process_counts_for_itself_and_nobody_meets_a_failure(sqlite_template, tmp_path, source):
    port = free_port()
    with running_redis(tmp_path, port) as redis:
        server = serve(tmp_path, sqlite_template, port)
        assert guess(server, source) == 401
        redis.kill()
        redis.wait()
        assert sign_in(server, source) == 303
        guesses = [guess(server, source) for _ in range(14)]
        assert guesses == [401] * 10 + [429] * 4
        server.stop()
    # It can also start without.
    server = serve(tmp_path, sqlite_template, port)
    assert [sign_in(server, source), guess(server, source)] == [303, 401]
    server.stop()


def test_a_redis_that_is_silent_is_no_failure(sqlite_template, tmp_path, source):
    port = free_port()
    with running_redis(tmp_path, port) as redis:
        server = serve(tmp_path, sqlite_template, port)
        assert guess(server, source) == 401
        redis.send_signal(signal.SIGSTOP)
        # The client gives up after thirty seconds.
        assert [sign_in(server, source), guess(server, source)] == [303, 401]
        server.stop()
