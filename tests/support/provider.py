"""A provider of models on this machine: a real HTTP server that answers as a test says."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from webapp.agent.endpoint import Endpoint
from webapp.agent.openai import OpenAIAssistant
from webapp.agent.values import Utterance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from ssl import SSLContext

HISTORY = [Utterance("user", "One"), Utterance("assistant", "1"), Utterance("user", "Zwei ü 🎉")]


class Provider:
    """What was asked of it, and where it is. `answer` is called with each request's handler."""

    def __init__(self, answer: Callable[[Handler], None], tls: SSLContext | None = None) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.over = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.server.provider = self  # type: ignore[attr-defined]
        if tls:
            # The handshake is the handler's, not the thread's that waits for the next one.
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request to the provider."""

    asked: dict[str, Any]

    @property
    def provider(self) -> Provider:
        return self.server.provider  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        self.provider.answer(self)

    def do_POST(self) -> None:
        self.provider.keys.append(self.headers["Authorization"])
        self.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.provider.asked.append(self.asked)
        self.provider.answer(self)

    def send(
        self,
        body: bytes,
        *,
        status: int = 200,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer, and close the connection: that is where a body without a length ends."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.write(body)

    def write(self, body: bytes) -> bool:
        """Write what fits, and say whether somebody still reads it."""
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            return False
        return True

    def hears_the_end(self) -> bool:
        """Wait until the other side has hung up, for some seconds at most."""
        self.connection.settimeout(10)
        try:
            return self.rfile.read(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(answer: Callable[[Handler], None], tls: SSLContext | None = None) -> Iterator[Provider]:
    """Run a provider for the length of the block."""
    provider = Provider(answer, tls)
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        provider.over.set()
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()


def chunk(text: str | None = None, **fields: Any) -> bytes:
    """One event of a streamed chat completion."""
    choice = {
        "index": 0,
        "delta": {"content": text} if text is not None else {},
        "finish_reason": fields.pop("finish", None),
    }
    data = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "grout-7b",
        "choices": [choice],
        **fields,
    }
    return f"data: {json.dumps(data)}\n\n".encode()


def streams(*events: bytes) -> Callable[[Handler], None]:
    """Answer with a stream of these events."""
    return lambda handler: handler.send(b"".join(events), kind="text/event-stream")


def refuses(status: int, message: str = "no") -> Callable[[Handler], None]:
    """Answer with an error."""
    return lambda handler: handler.send(json.dumps({"error": {"message": message}}).encode(), status=status)


@contextmanager
def endpoint(url, key="sk-1"):
    """An endpoint whose connections are closed in the end."""
    made = Endpoint(url, key)
    yield made
    made.client().close()


def reply(answer, *, model="grout-7b", timeout=5.0, whole=60.0, events=None):
    """All events of a reply of a provider that answers so. `events` gets them even if the reply fails."""
    events = [] if events is None else events
    with running(answer) as provider, endpoint(provider.url) as there:
        events.extend(OpenAIAssistant(there, model, whole=whole).reply(HISTORY, timeout=timeout))
    return events
