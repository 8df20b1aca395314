"""Addresses for the operator: liveness, readiness and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.http.doors import open_doors
from webapp.operations import health

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config.settings import Settings


def init_operations(app: Flask, settings: Settings) -> None:
    """Register the addresses. Metrics and their package are loaded only if the settings enable them."""
    app.register_blueprint(health.pages)
    if settings.metrics_token:
        from webapp.operations.metrics import METRICS  # noqa: PLC0415 - only where it is wanted

        open_doors(app, (METRICS,))
