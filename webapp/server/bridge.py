"""The bridge: an ASGI app that passes whole requests to the WSGI app and sends its responses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from webapp.errors import AppError, Busy
from webapp.http.body_limits import body_limit, may_use_disk
from webapp.http.handoff import Waiting
from webapp.http.lanes import lane_of
from webapp.http.url_prefix import path_below
from webapp.http.whole_bodies import REFUSAL
from webapp.server.environ import make_environ
from webapp.server.request_body import BodyCut, discard_rest, read_body
from webapp.server.sending import Client, before_end, send_answer
from webapp.server.spool import Budget, Spool
from webapp.server.wsgi import Answer, call_app, resume

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

    from webapp.config.settings import Settings
    from webapp.server.lanes import Lane, Lanes
    from webapp.server.limits import Limits
    from webapp.server.protocol import Connection

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Bridge:
    def __init__(self, app: Flask, settings: Settings, lanes: Lanes, limits: Limits) -> None:
        self._app = app
        self._settings = settings
        self._lanes = lanes
        self._limits = limits
        self._budget = Budget()
        self._memory_only = Budget(disk=0)
        self._urls = app.url_map.bind("localhost")

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"
        connection: Connection = scope["state"]["connection"]
        view = self._view_of(scope)
        budget = self._budget if may_use_disk(view) else self._memory_only
        spool = Spool(budget)
        try:
            refusal = await self._read(scope, receive, spool, view)
            answer = await self._answer(scope, spool, view, refusal)
            if isinstance(refusal, RequestEntityTooLarge | Busy) and not _is_asking_first(scope):
                send = before_end(send, partial(discard_rest, receive))
            await send_answer(answer, Client(connection, send, budget, self._limits))
        except BodyCut:
            await connection.hang_up()
        except Busy:
            # Even the lane for refusals had no free thread.
            await connection.refuse_and_close(503)
        finally:
            spool.close()

    async def _read(
        self, scope: HTTPScope, receive: ASGIReceiveCallable, spool: Spool, view: Callable[..., Any] | None
    ) -> Exception | None:
        """Read the body, if there is one, into the spool. Return why it is refused, or None."""
        has_body, stated_length = _stated_length(scope)
        if not has_body:
            return None
        try:
            max_length = body_limit(self._settings, view)
            await read_body(receive, self._limits, spool, stated_length=stated_length, max_length=max_length)
        except (HTTPException, AppError) as error:
            return error
        return None

    async def _answer(
        self, scope: HTTPScope, spool: Spool, view: Callable[..., Any] | None, refusal: Exception | None
    ) -> Answer:
        lane: Lane = self._lanes.reading if view is None else getattr(self._lanes, lane_of(view))
        has_body, _ = _stated_length(scope)
        size = (spool.size if refusal is None else 0) if has_body else None
        environ = make_environ(scope, spool.rewind(), size, multiprocess=self._settings.workers > 1)
        if refusal is not None:
            environ[REFUSAL] = refusal
        return await self._call(environ, lane, scope["state"]["connection"])

    async def _call(self, environ: dict[str, Any], lane: Lane, connection: Connection) -> Answer:
        try:
            answer = await lane.run(partial(call_app, self._app, environ))
            while isinstance(answer, Waiting):
                connection.on_disconnect(answer.on_gone)
                result = await answer.wait()
                connection.on_disconnect(None)
                answer = await lane.run(partial(resume, answer, result, environ))
        except AppError as error:
            # No thread was free in time.
            environ[REFUSAL] = error
            answer = await self._lanes.refusals.run(partial(call_app, self._app, environ))
        assert isinstance(answer, Answer)
        return answer

    def _view_of(self, scope: HTTPScope) -> Callable[..., Any] | None:
        """Return the view of a request that changes something, or None if there is none."""
        if scope["method"] in _SAFE:
            return None
        path = path_below(self._settings.url_prefix, scope["path"])
        if path is None:
            return None
        try:
            endpoint, _ = self._urls.match(path, scope["method"])
        except HTTPException:
            return None
        return self._app.view_functions[endpoint]


def _is_asking_first(scope: HTTPScope) -> bool:
    """Return whether the client sends no body before it is told to go on."""
    return any(name == b"expect" for name, _ in scope["headers"])


def _stated_length(scope: HTTPScope) -> tuple[bool, int | None]:
    """Return whether a request has a body, and the length that it states."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return True, int(value)
        if name == b"transfer-encoding":
            return True, None
    return False, None
