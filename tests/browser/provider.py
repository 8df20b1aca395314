"""A model server that says what a test tells it to, when the test tells it to."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

END, BREAK = object(), object()
_PATIENCE = 30


class Puppet:
    """Holds every reply until the test goes on: `say` a piece, `end` well, or `break_off`."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/v1"
        self.steps: queue.Queue[Any] = queue.Queue()
        self.asked: list[list[dict[str, str]]] = []
        self.models: list[str] = []
        self.hung_up = threading.Event()

    def settings(self) -> dict[str, str]:
        # Asked for a title, the puppet would take a step that the test means for an answer.
        return {"OPENAI_BASE_URL": self.url, "OPENAI_MODELS": "first,second", "MINUTEBOOK_MODEL_TITLES": "no"}

    def say(self, *pieces: str) -> None:
        for piece in pieces:
            self.steps.put(piece)

    def end(self) -> None:
        self.steps.put(END)

    def answer(self, text: str) -> None:
        self.say(text)
        self.end()

    def wait_until_asked(self, times: int = 1) -> None:
        """Wait for the question: a page shows the turn before the model server has it."""
        deadline = time.monotonic() + _PATIENCE
        while len(self.asked) < times:
            assert time.monotonic() < deadline, "nobody asks the model server"
            time.sleep(0.01)

    def break_off(self) -> None:
        self.steps.put(BREAK)

    def let_go(self) -> None:
        """Break off whatever still waits for a step."""
        for _ in range(20):
            self.break_off()


class _Handler(BaseHTTPRequestHandler):
    puppet: Puppet

    def log_message(self, *arguments: object) -> None:
        pass

    def do_POST(self) -> None:
        # The one of now: the next test has one of its own.
        puppet = self.puppet
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        puppet.asked.append(body["messages"])
        puppet.models.append(body["model"])
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.flush()
        try:
            while (step := self._next_step(puppet)) not in (END, BREAK):
                self._send(body["model"], step, None)
            if step is END:
                self._send(body["model"], "", "stop")
                self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            puppet.hung_up.set()

    def _next_step(self, puppet: Puppet) -> Any:
        """Wait for it. Who has hung up takes none: the next one to ask would miss it."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self._has_hung_up():
                raise ConnectionAbortedError
            with suppress(queue.Empty):
                return puppet.steps.get_nowait()
            time.sleep(0.01)
        raise ConnectionAbortedError

    def _has_hung_up(self) -> bool:
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False

    def _send(self, model: str, text: str, finish: str | None) -> None:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


@contextmanager
def model_server() -> Iterator[ThreadingHTTPServer]:
    """A model server that nobody leads yet."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def led(server: ThreadingHTTPServer) -> Iterator[Puppet]:
    """Lead it for the length of a block."""
    puppet = Puppet(server)
    server.RequestHandlerClass.puppet = puppet  # type: ignore[attr-defined]
    try:
        yield puppet
    finally:
        puppet.let_go()


@contextmanager
def puppet_server() -> Iterator[Puppet]:
    """A model server of its own, and its leader."""
    with model_server() as server, led(server) as puppet:
        yield puppet
