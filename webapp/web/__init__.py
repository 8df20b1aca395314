"""The HTML door: pages that work without JavaScript, and the partials htmx swaps in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.web import (
    archive,
    asking,
    assets,
    chat,
    dates,
    edits,
    forks,
    fragments,
    live,
    messages,
    pins,
    purge,
    retries,
    search,
    sessions,
    theme,
    titles,
)

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
    for module in (sessions, chat, live, retries, edits, forks, messages, titles, pins, archive, purge, search, theme):
        app.register_blueprint(module.pages)
    asking.init_app(app)
    assets.init_app(app)
    dates.init_app(app)
    fragments.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["icon"] = app.jinja_env.get_template("_icons.html").module.icon  # type: ignore[attr-defined]
