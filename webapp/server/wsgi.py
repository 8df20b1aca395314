"""Calling the WSGI app, in a thread: from a whole request to a whole answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.http.handoff import KEY, Handoff, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import WSGIApplication

    from webapp.http.handoff import Stream


class Answer(NamedTuple):
    """An answer: its status, its header, and either its body in pieces or a stream that makes it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: list[bytes]
    stream: Stream | None


def call_app(app: WSGIApplication, environ: dict[str, Any]) -> Answer | Waiting:
    """Call the app and return its answer, or what it waits for."""
    environ[KEY] = Handoff()
    try:
        return _answer_of(app, environ)
    except Waiting as waiting:
        return waiting


def resume(waiting: Waiting, result: Any, environ: dict[str, Any]) -> Answer | Waiting:
    """Return the answer that waited for the result; it may wait for something more."""
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
    # An answer to HEAD has no body: nothing is followed for it.
    stream = None if environ["REQUEST_METHOD"] == "HEAD" else environ[KEY].stream
    try:
        body = [] if stream else [piece for piece in iterable if piece]
    finally:
        close = getattr(iterable, "close", None)
        if close is not None:
            close()
    return Answer(status, headers, body, stream)
