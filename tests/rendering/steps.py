"""Counting what Python does, so that tests compare costs without a clock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(work: Callable[[], object]) -> int:
    """Return how many lines of Python are run while `work` runs.

    The same work always takes the same number. What happens within one call of a function written in C (a search of
    a regular expression, a copy of a list) is part of one line, however long it takes.
    """
    count = 0

    def notice(_frame: object, event: str, _argument: object) -> object:
        nonlocal count
        count += event == "line"
        return notice

    before = sys.gettrace()
    sys.settrace(notice)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
