"""Cache of rendered HTML that never changes: messages by id and URL, sidebar rows by session and revision."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import current_app

from webapp.state import current, provide

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from flask import Flask
    from markupsafe import Markup

_CAPACITY = 4_000_000


class FragmentCache:
    """An LRU cache of HTML. A key contains everything that the HTML depends on. The capacity is in characters."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: dict[Hashable, Markup] = {}
        self._lock = Lock()

    def find(self, keys: Sequence[Hashable]) -> dict[Hashable, Markup]:
        """Return the cached HTML by key; keys without an entry are left out."""
        found: dict[Hashable, Markup] = {}
        with self._lock:
            for key in keys:
                html = self._kept.pop(key, None)
                if html is not None:
                    self._kept[key] = found[key] = html
        return found

    def keep(self, key: Hashable, html: Markup) -> None:
        """Store a fragment. The least recently used ones are evicted to make room."""
        with self._lock:
            self._size += len(html) - len(self._kept.pop(key, ""))
            self._kept[key] = html
            while self._size > self._capacity:
                oldest = next(iter(self._kept))
                self._size -= len(self._kept.pop(oldest))


def init_app(app: Flask) -> None:
    provide(app, FragmentCache(_CAPACITY))


def fragments() -> FragmentCache:
    return current(FragmentCache)


def macro(template: str, name: str) -> Callable[..., Markup]:
    """Return a template's macro as a Python function."""
    return cast("Callable[..., Markup]", getattr(current_app.jinja_env.get_template(template).module, name))
