"""Doors: the groups of addresses that share an audience and a shape of errors.

A door is one `Door` value in its package, and one entry in the factory's list. Everything here that needs to know
which door an address belongs to asks `door_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from webapp.http.audience import Audience, declared_audience
from webapp.state import current, find, provide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Blueprint, Flask, Response
    from werkzeug.exceptions import HTTPException

    from webapp.errors import AppError


class ErrorPresenter(Protocol):
    """Writes errors in the shape of a door. A module with these functions is one."""

    def refused(self, error: AppError, /) -> Response:
        """Write what the app refused."""

    def refused_http(self, error: HTTPException, /) -> Response:
        """Write what Flask refused."""

    def failed(self) -> Response:
        """Write that something failed, and nothing of what."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """The addresses below `prefix`, open to `audience` where a view declares nothing else."""

    prefix: str
    audience: Audience
    errors: ErrorPresenter
    blueprints: tuple[Blueprint, ...]
    #: What the door adds to the app beside its views.
    init: Callable[[Flask], None] | None = None


class Doors:
    """The doors of an app."""

    def __init__(self) -> None:
        self._doors: list[Door] = []

    def add(self, door: Door) -> None:
        """Add a door. Of two that share an address, the one with the longer prefix has it."""
        self._doors = sorted((*self._doors, door), key=lambda each: len(each.prefix), reverse=True)

    def at(self, path: str) -> Door:
        """Return the door that a path belongs to. One of them has the prefix `/`."""
        return next(door for door in self._doors if path.startswith(door.prefix))


def open_doors(app: Flask, doors: Sequence[Door]) -> None:
    """Register the views of the doors, and what else they add to the app."""
    known = find(Doors, app) or provide(app, Doors())
    for door in doors:
        known.add(door)
        if door.init is not None:
            door.init(app)
        for blueprint in door.blueprints:
            app.register_blueprint(blueprint)


def door_at(path: str) -> Door:
    """Return the door of the current app that a path belongs to."""
    return current(Doors).at(path)


def audience_of(app: Flask, endpoint: str) -> Audience:
    """Return to whom an endpoint is open."""
    declared = declared_audience(app.view_functions[endpoint])
    if declared is not None:
        return declared
    return current(Doors, app).at(next(app.url_map.iter_rules(endpoint)).rule).audience
