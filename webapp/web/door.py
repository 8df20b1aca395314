from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.http.audience import Audience
from webapp.http.doors import Door
from webapp.web import (
    account,
    accounts,
    archive,
    assets,
    chat,
    confirmation,
    continuations,
    dates,
    edits,
    errors,
    exports,
    files,
    folds,
    forks,
    fragments,
    imports,
    instructions,
    invitations,
    live,
    manifest,
    messages,
    models,
    pins,
    purge,
    replacements,
    retries,
    search,
    sentences,
    session_tags,
    sessions,
    settings,
    setup,
    several,
    sign_in,
    sign_ins,
    strikes,
    tag_settings,
    tags,
    temporary,
    temporary_page,
    theme,
    thoughts,
    titles,
    tokens,
    turns,
)
from webapp.web.markup import TagsOnOneLine

if TYPE_CHECKING:
    from flask import Flask

_CHATS = (
    sessions,
    chat,
    temporary,
    live,
    retries,
    continuations,
    replacements,
    edits,
    forks,
    messages,
    files,
    titles,
    pins,
    archive,
    purge,
    strikes,
    instructions,
    settings,
    tags,
    session_tags,
    tag_settings,
    several,
    exports,
    search,
    imports,
    theme,
    manifest,
)
_PEOPLE = (setup, sign_in, confirmation, account, sign_ins, tokens, invitations, accounts, models)


def init_web(app: Flask) -> None:
    turns.init_app(app)
    temporary.init_app(app)
    imports.init_app(app)
    temporary_page.init_app(app)
    thoughts.init_app(app)
    assets.init_app(app)
    dates.init_app(app)
    files.init_app(app)
    fragments.init_app(app)
    folds.init_app(app)
    instructions.init_app(app)
    sentences.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(TagsOnOneLine)
    app.jinja_env.globals["icon"] = app.jinja_env.get_template("_icons.html").module.icon  # type: ignore[attr-defined]


WEB = Door(
    prefix="/",
    audience=Audience.SIGNED_IN,
    errors=errors,
    blueprints=(*(module.pages for module in (*_CHATS, *_PEOPLE)), assets.bundles),
    init=init_web,
)
