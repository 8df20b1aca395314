"""Descriptions of exceptions without their messages, which may quote content."""

from __future__ import annotations

import re
from traceback import walk_tb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The attributes in which drivers and providers store an error code.
_CODES = ("sqlite_errorname", "sqlstate", "status_code")
_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")
_MAX_CAUSES = 5
_MAX_FRAMES = 40


class Frame(NamedTuple):
    file: str
    line: int
    function: str


def describe_exception(error: BaseException | None) -> str:
    """Return the exception's type, its code if it has one, and the same for each of its causes."""
    return " from ".join(_name(cause) for cause in cause_chain(error)) or "no exception"


def cause_chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen and len(seen) < _MAX_CAUSES:
        seen.append(error)
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def frames_of(error: BaseException) -> list[Frame]:
    """Return the frames of the exception's traceback, the raising one last."""
    code = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    return [Frame(at.co_filename, line, at.co_qualname) for at, line in code[-_MAX_FRAMES:]]


def _name(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    codes = [str(getattr(error, attribute, None) or "") for attribute in _CODES]
    return " ".join([name, *(code for code in codes if _CODE.fullmatch(code))])
