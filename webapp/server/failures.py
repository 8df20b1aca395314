"""Logging of exceptions that no caller sees, without their messages."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger("webapp.server")


def log_failures() -> None:
    """Log the exceptions of threads and finalizers, which Python would print."""
    threading.excepthook = lambda args: _log("A thread", args.exc_value)
    sys.unraisablehook = lambda args: _log("A clean-up", args.exc_value)


def log_loop_failures(loop: asyncio.AbstractEventLoop) -> None:
    """Log the exceptions of callbacks and tasks, which the event loop would print."""

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        _log("The event loop", context.get("exception"))

    loop.set_exception_handler(handle)


def _log(what: str, error: BaseException | None) -> None:
    if not isinstance(error, SystemExit):
        log.error("%s failed", what, exc_info=error)
