"""Sending of responses from the event loop, at the client's pace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from webapp.http.handoff import CutShort
from webapp.server.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from uvicorn._types import ASGISendCallable, ASGISendEvent

    from webapp.http.handoff import Stream
    from webapp.server.limits import Limits
    from webapp.server.protocol import Connection
    from webapp.server.spool import Budget
    from webapp.server.wsgi import Answer

_PIECE = 65_536
#: Seconds after which the unread rest of a response moves from memory to disk.
_SPOOL_AFTER_SECONDS = 1.0


class Client(NamedTuple):
    connection: Connection
    send: ASGISendCallable
    budget: Budget
    limits: Limits


def before_end(send: ASGISendCallable, act: Callable[[], Awaitable[object]]) -> ASGISendCallable:
    """Return a `send` that awaits `act` when everything is sent and the response has not ended."""

    async def send_and_act(event: ASGISendEvent) -> None:
        if event["type"] == "http.response.body" and not event.get("more_body", False):
            await send({"type": "http.response.body", "body": event.get("body", b""), "more_body": True})
            await act()
            event = {"type": "http.response.body", "body": b"", "more_body": False}
        await send(event)

    return send_and_act


async def send_answer(answer: Answer, client: Client) -> None:
    """Send a response to its end, or until the client is gone or has read nothing for too long."""
    await client.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if answer.stream is not None:
        await _send_stream(answer.stream, client)
    elif sum(map(len, answer.body)) <= _PIECE:
        await client.send({"type": "http.response.body", "body": b"".join(answer.body)})
    else:
        await _send_large(answer.body, client)


async def _send_stream(stream: Stream, client: Client) -> None:
    async def send(piece: bytes) -> None:
        async with asyncio.timeout(client.limits.answer_silence_seconds):
            await client.send({"type": "http.response.body", "body": piece, "more_body": True})

    # The stream runs in its own task: a disconnect cancels the stream and not the cleanup after it.
    task = asyncio.ensure_future(stream.run(send))
    # Let it begin: a task that is cancelled before its first step does not notice that the client is gone.
    await asyncio.sleep(0)
    client.connection.on_disconnect(task.cancel)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
        client.connection.on_disconnect(None)
    if task.cancelled() or isinstance(task.exception(), TimeoutError | CutShort):
        await client.connection.hang_up()
        return
    task.result()
    await client.send({"type": "http.response.body", "body": b""})


async def _send_large(body: list[bytes], client: Client) -> None:
    """Send a large body in pieces. After a moment, the part that a slow client has not read is moved to disk."""
    pieces = _pieces(body)
    for piece in pieces:
        try:
            await _send_piece(piece, client, _SPOOL_AFTER_SECONDS)
        except TimeoutError:
            break
    else:
        await client.send({"type": "http.response.body", "body": b""})
        return
    spool = Spool(client.budget)
    try:
        for rest in (piece, *pieces):
            spool.write(rest)
        body.clear()
        await _send_file(spool, client)
    finally:
        spool.close()


async def _send_file(spool: Spool, client: Client) -> None:
    file = spool.rewind()
    try:
        while piece := file.read(_PIECE):
            await _send_piece(piece, client, client.limits.answer_silence_seconds)
    except TimeoutError:
        await client.connection.hang_up()
        return
    await client.send({"type": "http.response.body", "body": b""})


async def _send_piece(piece: bytes, client: Client, seconds: float) -> None:
    """Send a piece. Raises TimeoutError, with nothing of it sent, if the client read nothing for `seconds`."""
    async with asyncio.timeout(seconds):
        await client.send({"type": "http.response.body", "body": piece, "more_body": True})


def _pieces(body: Sequence[bytes]) -> Iterator[bytes]:
    for part in body:
        for start in range(0, len(part), _PIECE):
            yield part[start : start + _PIECE]
