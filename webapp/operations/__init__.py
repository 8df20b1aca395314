"""What whoever runs it watches: whether it lives, whether it is ready, and numbers of what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.http.doors import open_doors
from webapp.operations import health

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config.settings import Settings


def init_operations(app: Flask, settings: Settings) -> None:
    """Register the addresses; that of the metrics, and the package they need, only where they are wanted."""
    app.register_blueprint(health.pages)
    if settings.metrics_token:
        from webapp.operations.metrics import METRICS  # noqa: PLC0415 - only where it is wanted

        open_doors(app, (METRICS,))
