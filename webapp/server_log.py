"""The server's own log (gunicorn's), in the form of ours, and without the request lines it would quote."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from gunicorn.glogging import Logger

from webapp.causes import name_of
from webapp.config import Settings
from webapp.logs import make_formatter

if TYPE_CHECKING:
    from types import TracebackType


class ServerLog(Logger):  # type: ignore[misc] # gunicorn has no types
    """What gunicorn says, and what fails in a thread where nobody else would hear of it."""

    def setup(self, cfg: Any) -> None:
        """Write as the settings say, and take on what Python would print with an exception's own words."""
        super().setup(cfg)
        formatter = make_formatter(Settings.from_environ())
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)
        threading.excepthook = lambda told: self._failed("A thread", told.exc_value, told.exc_traceback)
        sys.unraisablehook = lambda told: self._failed("A clean-up", told.exc_value, told.exc_traceback)

    def debug(self, msg: object, *args: object, **options: Any) -> None:
        """Write what helps to find a mistake of the server's, but no text that was put into it: it is a request's."""
        known = (arg if isinstance(arg, int | float | BaseException) else "…" for arg in args)
        super().debug(msg, *known, **options)

    def warning(self, msg: object, *args: object, **options: Any) -> None:
        """Warn; of a request that cannot be read, and at a worker's end, only with what kind of failure it was."""
        if str(msg).startswith(("Invalid request from", "Exception during worker exit")):
            what = " ".join(str(msg).split()[:2])
            super().warning("%s: %s", what, name_of(sys.exc_info()[1]))
        else:
            super().warning(msg, *args, **options)

    def exception(self, msg: object, *args: object, **options: Any) -> None:
        """Log an exception; of the request that failed, nothing."""
        if str(msg).startswith("Error handling"):
            msg, args = "A request failed", ()
        super().exception(msg, *args, **options)

    def _failed(self, what: str, error: BaseException | None, traceback: TracebackType | None) -> None:
        if error is not None and not isinstance(error, SystemExit):
            self.error("%s failed", what, exc_info=(type(error), error, traceback))
