"""The JSON door, `/api/v1`: whatever the page can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from webapp.api.kit.route import Api

if TYPE_CHECKING:
    from flask import Flask

v1 = Blueprint("api", __name__, url_prefix="/api/v1")
api = Api(v1)


def init_app(app: Flask) -> None:
    """Register the operations and their document."""
    from webapp.api import (  # noqa: F401 - they register
        account,
        assistants,
        chat,
        document,
        edits,
        forks,
        forms,
        live,
        messages,
        retries,
        search,
        sessions,
        turns,
    )

    forms.init_forms(app)

    app.register_blueprint(v1)
    app.register_blueprint(document.pages)
