"""Calls to the WSGI app in a thread: a whole request in, a whole response or a stream out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.http.handoff import KEY, Handoff, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import WSGIApplication

    from webapp.http.handoff import Stream


class Answer(NamedTuple):
    """A response: status, header, and either a body in pieces or a stream that makes it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: list[bytes]
    stream: Stream | None


def call_app(app: WSGIApplication, environ: dict[str, Any]) -> Answer | Waiting:
    """Call the app and return its response, or what it waits for."""
    environ[KEY] = Handoff()
    try:
        return _answer_of(app, environ)
    except Waiting as waiting:
        return waiting


def resume(waiting: Waiting, result: Any, environ: dict[str, Any]) -> Answer | Waiting:
    """Return the response that waited for `result`; it may wait again."""
    try:
        return _answer_of(waiting.resume(result), environ)
    except Waiting as another:
        return another


def _answer_of(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    status, headers = 0, list[tuple[bytes, bytes]]()

    def start_response(line: str, fields: list[tuple[str, str]], _exc_info: object = None) -> Callable[[bytes], object]:
        nonlocal status, headers
        status = int(line[:3])
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        return lambda _: None

    iterable: Iterable[bytes] = app(environ, start_response)
    # A response to HEAD has no body, so the stream is not run.
    stream = None if environ["REQUEST_METHOD"] == "HEAD" else environ[KEY].stream
    try:
        body = [] if stream else [piece for piece in iterable if piece]
    finally:
        close = getattr(iterable, "close", None)
        if close is not None:
            close()
    return Answer(status, headers, body, stream)
