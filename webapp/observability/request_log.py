"""The log of a worker process: every line has its request's id, and each request can have a line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import g

from webapp.observability import request_context
from webapp.observability.logs import Stderr, make_formatter

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.config.settings import Settings

_requests = logging.getLogger("webapp.requests")


def init_logs(app: Flask, settings: Settings) -> None:
    level = getattr(logging, settings.log_level.upper())
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, Stderr)]:
        root.removeHandler(handler)
    root.addHandler(Stderr(make_formatter(settings, request_context.request_id), max(level, logging.WARNING)))
    logging.getLogger("webapp").setLevel(level)
    app.after_request(_log_request)
    # Flask's own message would quote the path.
    app.log_exception = lambda exc_info: app.logger.error("A request failed", exc_info=exc_info)  # type: ignore[method-assign]


def _log_request(response: Response) -> Response:
    """Log the response's status and the request's duration when the response begins."""
    if _requests.isEnabledFor(logging.INFO):
        user = g.get("user")
        facts = {
            "method": request_context.method(),
            "route": request_context.route(),
            "status": response.status_code,
            "milliseconds": round(request_context.seconds() * 1000, 1),
            "user": user.id if user else None,
        }
        _requests.info("%s %s %s, %s ms, user %s", *facts.values(), extra={"facts": facts})
    return response
