"""The HTML door: pages that work without JavaScript, and the partials htmx swaps in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.web import (
    account,
    accounts,
    archive,
    assets,
    chat,
    confirmation,
    dates,
    edits,
    forks,
    fragments,
    invitations,
    live,
    messages,
    pins,
    purge,
    retries,
    search,
    sentences,
    sessions,
    setup,
    sign_in,
    sign_ins,
    theme,
    titles,
    tokens,
    turns,
)
from webapp.web.markup import TagsOnOneLine

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
    chats = (sessions, chat, live, retries, edits, forks, messages, titles, pins, archive, purge, search, theme)
    people = (setup, sign_in, confirmation, account, sign_ins, tokens, invitations, accounts)
    for module in (*chats, *people):
        app.register_blueprint(module.pages)
    turns.init_app(app)
    assets.init_app(app)
    dates.init_app(app)
    fragments.init_app(app)
    sentences.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(TagsOnOneLine)
    app.jinja_env.globals["icon"] = app.jinja_env.get_template("_icons.html").module.icon  # type: ignore[attr-defined]
