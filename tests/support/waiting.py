"""Waiting for a condition: no test sleeps and hopes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from flask import has_app_context

from webapp.database.transaction import leave_transaction

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def eventually(check: Callable[[], T], seconds: float = 20) -> T:
    """Check again and again until the result is true, and return it. Each check sees what is committed by then."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it never came true"
        if has_app_context():
            leave_transaction()
        time.sleep(0.02)
    return found
