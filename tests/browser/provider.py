"""A model server that says what a test tells it to, when the test tells it to."""

from __future__ import annotations

import json
import queue
import threading
from contextlib import contextmanager
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
        return {"OPENAI_BASE_URL": self.url, "OPENAI_MODELS": "first,second"}

    def say(self, *pieces: str) -> None:
        for piece in pieces:
            self.steps.put(piece)

    def end(self) -> None:
        self.steps.put(END)

    def answer(self, text: str) -> None:
        self.say(text)
        self.end()

    def break_off(self) -> None:
        self.steps.put(BREAK)


class _Handler(BaseHTTPRequestHandler):
    puppet: Puppet

    def log_message(self, *arguments: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.puppet.asked.append(body["messages"])
        self.puppet.models.append(body["model"])
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.flush()
        try:
            while (step := self.puppet.steps.get(timeout=_PATIENCE)) not in (END, BREAK):
                self._send(body["model"], step, None)
            if step is END:
                self._send(body["model"], "", "stop")
                self.wfile.write(b"data: [DONE]\n\n")
        except (OSError, queue.Empty):
            self.puppet.hung_up.set()

    def _send(self, model: str, text: str, finish: str | None) -> None:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


@contextmanager
def puppet_server() -> Iterator[Puppet]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    server.daemon_threads = True
    puppet = Puppet(server)
    server.RequestHandlerClass.puppet = puppet  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield puppet
    finally:
        for _ in range(20):
            puppet.break_off()
        server.shutdown()
        server.server_close()
        thread.join()
