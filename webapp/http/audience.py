"""What a view declares of who may call it, where that is not what its door says already."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from flask import Flask

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


class Audience(Enum):
    """To whom an address is open."""

    ANYBODY = "anybody"
    SIGNED_IN = "who is signed in"
    ADMINISTRATOR = "an administrator who is signed in"
    TOKEN = "a token"  # noqa: S105 - a word
    OPERATOR = "who has the operator's token"


def allow(audience: Audience) -> Callable[[ViewT], ViewT]:
    """Declare to whom a view is open."""

    def declare(view: ViewT) -> ViewT:
        view.audience = audience  # type: ignore[attr-defined]
        return view

    return declare


def declared_audience(view: Callable[..., Any]) -> Audience | None:
    """Return what a view declares, None if it leaves that to its door."""
    return getattr(view, "audience", None)


def public(view: ViewT) -> ViewT:
    """Declare that a view is open to anybody and its answers are the same for all, so that caches may keep them."""
    view.is_public = True  # type: ignore[attr-defined]
    return allow(Audience.ANYBODY)(view)


def cached_by_reader(view: ViewT) -> ViewT:
    """Declare that a view says itself how long its reader's own cache may keep its answers."""
    view.is_cached_by_reader = True  # type: ignore[attr-defined]
    return view


def needs_fresh_password(view: ViewT) -> ViewT:
    """Declare that a page can harm an account: it asks for a password that was given minutes ago or earlier."""
    view.needs_fresh_password = True  # type: ignore[attr-defined]
    return view


def requires_fresh_password(app: Flask, endpoint: str) -> bool:
    """Return whether an endpoint is one of those."""
    return getattr(app.view_functions[endpoint], "needs_fresh_password", False)


def checks_writing(view: ViewT) -> ViewT:
    """Declare that a view takes requests of any method from read-only tokens, and refuses itself what would write."""
    view.checks_writing = True  # type: ignore[attr-defined]
    return view


def lets_read(app: Flask, endpoint: str) -> bool:
    """Return whether an endpoint is one of those."""
    return getattr(app.view_functions[endpoint], "checks_writing", False)
