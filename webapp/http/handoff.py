"""Work that a view passes to the server's event loop, so that it holds no thread.

Minutebook's server offers a `Handoff` in the WSGI environ. With another WSGI server a stream is an ordinary iterable,
and waiting blocks a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from flask import copy_current_request_context, current_app, g, request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from flask import Flask, Response
    from flask.typing import ResponseReturnValue

KEY = "minutebook.handoff"


class CutShort(Exception):
    """A stream cannot send the rest of what its response promised. The connection is closed, so the client knows."""


class Stream(Protocol):
    async def run(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send every piece. The call is cancelled when the client is gone."""


class Handoff:
    """The stream that the app passes to the event loop with its response."""

    def __init__(self) -> None:
        self.stream: Stream | None = None


def handoff() -> Handoff | None:
    """Return the request's handoff, or None if the server has none."""
    return cast("Handoff | None", request.environ.get(KEY))


class Waiting(BaseException):
    """Ends a view whose response depends on a slow event.

    The server awaits `wait()` on its event loop and then calls `resume` in a thread with the result; `resume` returns
    the response. `on_gone` is called if the client disconnects in the meantime. It is not an `Exception`, so that no
    error handler catches it and nothing is logged.
    """

    def __init__(
        self,
        wait: Callable[[], Awaitable[Any]],
        finish: Callable[[Any], ResponseReturnValue],
        on_gone: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.wait = wait
        self.on_gone = on_gone
        self._finish = finish
        self.resume: Callable[[Any], Response] = in_this_request(self._answer)

    def then(self, present: Callable[[Any], ResponseReturnValue]) -> Waiting:
        """Return the same wait with `present` applied to its response."""
        finish = self._finish
        return Waiting(self.wait, lambda result: present(finish(result)), self.on_gone)

    def _answer(self, result: Any) -> Response:
        app: Flask = current_app
        try:
            answer = self._finish(result)
        except Exception as error:  # noqa: BLE001 - like Flask for exceptions of a view
            answer = app.handle_user_exception(error)
        return app.finalize_request(answer)


def in_this_request(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return `call` bound to this request and the present values of `g`, to run later in any thread."""
    held = {name: g.get(name) for name in g}

    def with_g(*arguments: Any) -> Any:
        for name, value in held.items():
            setattr(g, name, value)
        return call(*arguments)

    return copy_current_request_context(with_g)
