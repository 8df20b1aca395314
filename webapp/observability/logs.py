"""The log: one line per event on stderr, as text or JSON, that never quotes content.

A line contains neither content nor secrets. Exceptions are logged by type and code position, requests by route. Lines
of other packages are logged without their arguments.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webapp.observability.exceptions import cause_chain, describe_exception, frames_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.config.settings import Settings

_OURS = "webapp"
_PLACE = re.compile(r"%(\([^)]*\))?[-#0 +]*[\d*]*(\.[\d*]+)?[a-zA-Z]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _no_request() -> None:
    return None


def make_formatter(settings: Settings, request_id: Callable[[], str | None] = _no_request) -> logging.Formatter:
    """Return the formatter that the settings ask for. `request_id` returns the id of the current request."""
    return JsonFormatter(request_id) if settings.log_format == "json" else TextFormatter(request_id)


class _Formatter(logging.Formatter):
    def __init__(self, request_id: Callable[[], str | None] = _no_request) -> None:
        super().__init__()
        self._request_id = request_id


class Stderr(logging.Handler):
    """Writes to the current `sys.stderr`. Records of other packages need at least `others_level`."""

    def __init__(self, formatter: logging.Formatter, others_level: int) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._others_level = others_level

    def emit(self, record: logging.LogRecord) -> None:
        if not _is_ours(record) and record.levelno < self._others_level:
            return
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - the default handling would quote the arguments
            line = f"A line of {record.name} could not be written."
        try:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            # Stderr is closed.
            return


class TextFormatter(_Formatter):
    """Writes time, level, request, message and exceptions: `Type [raised at < called at < …]`."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname.lower()} {self._request_id() or '-'} {_message(record)}"
        for number, error in enumerate(cause_chain(_exception(record))):
            places = " < ".join(f"{file}:{at} {function}" for file, at, function in reversed(frames_of(error)))
            line += f"{' from' if number else ':'} {_kind(error)}{places and f' [{places}]'}"
        return _UNPRINTABLE.sub(lambda match: f"\\x{ord(match[0]):02x}", line)


class JsonFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "request_id": self._request_id(),
        }
        line |= getattr(record, "facts", {})
        exceptions = [
            {"type": _kind(error), "frames": [frame._asdict() for frame in frames_of(error)]}
            for error in cause_chain(_exception(record))
        ]
        if exceptions:
            line["exceptions"] = exceptions
        return json.dumps(line)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == _OURS or record.name.startswith(f"{_OURS}.")


def _message(record: logging.LogRecord) -> str:
    """Return our own messages whole and others without arguments. Exceptions are replaced by their description."""
    if not _is_ours(record):
        return f"{record.name}: {_PLACE.sub('…', record.msg) if isinstance(record.msg, str) else _safe(record.msg)}"
    arguments = record.args
    if isinstance(arguments, tuple) and arguments:
        return str(_safe(record.msg)) % tuple(map(_safe, arguments))
    return str(_safe(record.msg)) if not arguments else record.getMessage()


def _safe(value: object) -> object:
    return describe_exception(value) if isinstance(value, BaseException) else value


def _kind(error: BaseException) -> str:
    return describe_exception(error).partition(" from ")[0]


def _exception(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
