"""Cache of rendered HTML that never changes: messages by id and URL, sidebar rows by session and revision."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import current_app

from webapp.services.strikes.signals import message_struck
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
        self._html_by_key: dict[Hashable, Markup] = {}
        self._lock = Lock()

    def get_many(self, keys: Sequence[Hashable]) -> dict[Hashable, Markup]:
        """Return the cached HTML by key; keys without an entry are left out."""
        cached: dict[Hashable, Markup] = {}
        with self._lock:
            for key in keys:
                html = self._html_by_key.pop(key, None)
                if html is not None:
                    self._html_by_key[key] = cached[key] = html
        return cached

    def clear(self) -> None:
        with self._lock:
            self._html_by_key.clear()
            self._size = 0

    def put(self, key: Hashable, html: Markup) -> None:
        """Store a fragment. The least recently used ones are evicted to make room."""
        with self._lock:
            self._size += len(html) - len(self._html_by_key.pop(key, ""))
            self._html_by_key[key] = html
            while self._size > self._capacity:
                oldest = next(iter(self._html_by_key))
                self._size -= len(self._html_by_key.pop(oldest))


def init_app(app: Flask) -> None:
    cache = provide(app, FragmentCache(_CAPACITY))

    def drop_struck_text(_sender: object) -> None:
        # Keys change with a strike, so that no process shows the text. This one also forgets it.
        cache.clear()

    message_struck.connect(drop_struck_text, weak=False, sender=app)


def fragments() -> FragmentCache:
    return current(FragmentCache)


def macro(template: str, name: str) -> Callable[..., Markup]:
    """Return a template's macro as a Python function."""
    return cast("Callable[..., Markup]", getattr(current_app.jinja_env.get_template(template).module, name))
