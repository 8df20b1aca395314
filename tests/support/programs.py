"""Programs and packages that some tests need: they are skipped without one, and fail where all have to be there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_REASON = "not installed: "


def need(name: str, found: T | None, *, required_by: str = "MINUTEBOOK_REQUIRE_BROWSER") -> T:
    """Return what was found. Without it skip the test, or fail it where the environment says that it is required."""
    if found:
        return found
    if os.environ.get(required_by):
        pytest.fail(f"{name} is required here and is not installed.")
    pytest.skip(f"{_REASON}{name}")


def summary(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """Return a line that names all programs that were missing, and a line for each other reason."""
    reasons = {
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in skipped
        if isinstance(report.longrepr, tuple | list)
    }
    missing = sorted(reason.removeprefix(_REASON) for reason in reasons if reason.startswith(_REASON))
    others = sorted(reason for reason in reasons if not reason.startswith(_REASON))
    return [f"Skipped, not installed: {', '.join(missing)}"] * bool(missing) + [
        f"Skipped: {reason}" for reason in others
    ]
