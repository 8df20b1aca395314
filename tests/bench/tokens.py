"""A provider in a process of its own, whose every token says when it was sent: `python -m tests.bench.tokens PORT`.

It speaks as much of the OpenAI API as is needed for streamed answers. `CLOCK_MONOTONIC` is the same in all processes
of a machine, so whoever receives a token knows how old it is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.bench.servers import free_port, run_module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.servers import Server

MODEL = "tokens"

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
_LAST = b"data: [DONE]\n\n"


class Script:
    """How the tokens come, and what was said to whom."""

    def __init__(self, rate: float, count: int, together: int) -> None:
        self.rate = rate
        self.count = count
        self._together = together
        self._waiting: list[Answering] = []
        #: By question: what the answer to it is.
        self.said: dict[str, list[str]] = {}

    def begin(self, answering: Answering) -> None:
        """Begin at once, or once so many wait that are to be answered together, each a little later than the last."""
        self._waiting.append(answering)
        if len(self._waiting) < self._together:
            return
        for number, one in enumerate(self._waiting):
            one.begin(number / len(self._waiting) / self.rate)
        self._waiting.clear()


class Answering(asyncio.Protocol):
    """One connection: a question, and its tokens at their times."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._received = b""
        self._tokens: list[str] = []
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the line."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Gather the request and answer it when it is whole."""
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = int((head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) or 0)
        if not blank or len(body) < length:
            return
        self._received = b""
        if head.startswith(b"GET /said "):
            self._answer(self._script.said)
        elif head.startswith(b"GET "):
            self._answer({"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        else:
            question = json.loads(body)["messages"][-1]["content"]
            self._tokens = self._script.said[question] = []
            self._script.begin(self)

    def begin(self, delay: float) -> None:
        """Send the first token after so many seconds, and then one after the other."""
        self._transport.write(_HEAD)
        loop = asyncio.get_running_loop()
        self._due = loop.time() + delay
        if delay:
            loop.call_at(self._due, self._send)
        else:
            self._send()

    def _send(self) -> None:
        if self._transport.is_closing():
            return
        token = f"t{time.monotonic_ns()} "
        self._tokens.append(token)
        self._transport.write(_chunk(_piece({"content": token})))
        if len(self._tokens) == self._script.count:
            usage = {"prompt_tokens": 1, "completion_tokens": len(self._tokens), "total_tokens": len(self._tokens) + 1}
            ending = (_piece({}, "stop"), _piece(None, usage=usage), _LAST)
            self._transport.write(b"".join(map(_chunk, ending)) + b"0\r\n\r\n")
            self._transport.close()
            return
        # By the clock, not by the last one: what comes late once is not late for good.
        self._due += 1 / self._script.rate
        asyncio.get_running_loop().call_at(self._due, self._send)

    def _answer(self, data: object) -> None:
        body = json.dumps(data).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


@contextmanager
def provider(rate: float, count: int, together: int = 1) -> Iterator[Server]:
    """Run one that answers with `count` tokens, `rate` a second, to `together` at once."""
    port = free_port()
    arguments = (str(port), f"--rate={rate}", f"--count={count}", f"--at-once={together}")
    with run_module("tests.bench.tokens", port, *arguments) as server:
        yield server


def asked_of(there: Server) -> dict[str, str]:
    """Return the settings by which Minutebook asks this provider."""
    return {"OPENAI_BASE_URL": f"http://127.0.0.1:{there.port}/v1", "OPENAI_MODELS": MODEL}


def _piece(delta: dict[str, str] | None, reason: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
    known = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_790_000_000, "model": MODEL}
    return f"data: {json.dumps(known | {'choices': choices, 'usage': usage})}\n\n".encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _serve(port: int, script: Script) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Answering(script), "127.0.0.1", port, backlog=1_024)
    await server.serve_forever()


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tokens")
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, default=30.0, help="tokens a second of each answer")
    parser.add_argument("--count", type=int, default=300, help="tokens of an answer")
    parser.add_argument("--at-once", type=int, default=1, help="answer nobody before so many have asked")
    options = parser.parse_args()
    asyncio.run(_serve(options.port, Script(options.rate, options.count, options.at_once)))


if __name__ == "__main__":
    _main()
