"""The values that one app holds beside Flask's own (settings, registries, caches), each found by its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask

ValueT = TypeVar("ValueT")

_KEY = "minutebook"


def provide(app: Flask, value: ValueT) -> ValueT:
    """Store a value in the app, and return it. A later value of the same type replaces it."""
    app.extensions.setdefault(_KEY, {})[type(value)] = value
    return value


def find(kind: type[ValueT], app: Flask | None = None) -> ValueT | None:
    """Return the value of exactly this type, of the current app unless one is given; None if it has none."""
    return cast("ValueT | None", (app or current_app).extensions.get(_KEY, {}).get(kind))


def current(kind: type[ValueT], app: Flask | None = None) -> ValueT:
    """Return the value of exactly this type, of the current app unless one is given. Raises LookupError."""
    value = find(kind, app)
    if value is None:
        raise LookupError(f"This app holds no {kind.__name__}.")
    return value
