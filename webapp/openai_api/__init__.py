"""The OpenAI-compatible door, `/v1`: any OpenAI client is answered, and its chat is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.openai_api import completions, models

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, and the form in which answers are kept under a key."""
    completions.init_app(app)
    app.register_blueprint(completions.pages)
    app.register_blueprint(models.pages)
