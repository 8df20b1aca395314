"""What a view leaves to the server's event loop, so that it need not hold its thread.

Minutebook's own server offers a `Handoff` in the WSGI environ. Any other WSGI server does not: a stream is then an
ordinary iterable, and waiting blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from flask import copy_current_request_context, current_app, g, request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from flask import Flask, Response
    from flask.typing import ResponseReturnValue

KEY = "minutebook.handoff"


class Stream(Protocol):
    """A body that the event loop sends piece by piece."""

    async def run(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send every piece, to the end. It is cancelled when the client is gone."""


class Handoff:
    """What the app has handed to the event loop with its answer."""

    def __init__(self) -> None:
        self.stream: Stream | None = None


def handoff() -> Handoff | None:
    """Return where the request's server takes streams, None if it takes none."""
    return cast("Handoff | None", request.environ.get(KEY))


class Waiting(BaseException):
    """Ends a view whose answer depends on something that takes time.

    The server awaits `wait()` on its event loop, and then calls `resume` in a thread with the result: it returns the
    answer as if the view had. `on_gone` is called if the client is gone meanwhile. It is no `Exception`: no handler of
    errors sees it, and nothing is logged of it.
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
        """Return it with `present` called on what would have been the view's answer."""
        finish = self._finish
        return Waiting(self.wait, lambda result: present(finish(result)), self.on_gone)

    def _answer(self, result: Any) -> Response:
        app: Flask = current_app
        try:
            answer = self._finish(result)
        except Exception as error:  # noqa: BLE001 - as Flask does with what a view raises
            answer = app.handle_user_exception(error)
        return app.finalize_request(answer)


def in_this_request(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return `call` so that it can run later and in any thread, with this request and what `g` holds now."""
    held = {name: g.get(name) for name in g}

    def with_g(*arguments: Any) -> Any:
        for name, value in held.items():
            setattr(g, name, value)
        return call(*arguments)

    return copy_current_request_context(with_g)
