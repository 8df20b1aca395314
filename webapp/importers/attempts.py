"""One bad entry never costs the file: a conversation whose parts have wrong types is reported and passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from webapp.importers import left_out
from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")

_WRONG = (AttributeError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)


def attempt(place: str, build: Callable[[], Made]) -> Made | LeftOut:
    """Return what `build` makes, or a LeftOut if the values have types that no export has."""
    try:
        return build()
    except _WRONG:
        return unreadable(place)


def unreadable(place: str, reason: str = "It is damaged, or of an unknown shape.") -> LeftOut:
    return LeftOut(place=place, kind=left_out.UNREADABLE, reason=reason)


def empty_chat(place: str, title: str = "", reason: str = "It has no messages.") -> LeftOut:
    return LeftOut(place=place, kind=left_out.EMPTY_CHAT, reason=reason, title=title)
