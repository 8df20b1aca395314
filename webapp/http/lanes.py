"""Which of the server's lanes of threads a view runs in, where its method does not say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
LaneName = Literal["reading", "writing", "passwords"]


def lane(name: LaneName) -> Callable[[ViewT], ViewT]:
    """Let a view run in a lane of its own, so that it takes no thread that others need."""

    def declare(view: ViewT) -> ViewT:
        view.lane = name  # type: ignore[attr-defined]
        return view

    return declare


def lane_of(view: Callable[..., Any]) -> LaneName:
    """Return the lane of a view that changes something."""
    return getattr(view, "lane", "writing")
