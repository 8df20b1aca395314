"""The lane of threads in which a view runs, where its method does not decide it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
LaneName = Literal["reading", "writing", "passwords"]


def lane(name: LaneName) -> Callable[[ViewT], ViewT]:
    """Declare the lane of a slow view, so that it takes no threads from others."""

    def declare(view: ViewT) -> ViewT:
        view.lane = name  # type: ignore[attr-defined]
        return view

    return declare


def lane_of(view: Callable[..., Any]) -> LaneName:
    return getattr(view, "lane", "writing")
