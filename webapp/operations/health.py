from __future__ import annotations

from flask import Blueprint, Response
from pydantic_core import to_json

from webapp.http.audience import Audience, allow
from webapp.services.readiness import failed_check

pages = Blueprint("operations", __name__)


@pages.get("/healthz")
@allow(Audience.ANYBODY)
def live() -> Response:
    """Say that the process answers, whatever else is the matter."""
    return _answer(200, {"status": "ok"})


@pages.get("/readyz")
@allow(Audience.ANYBODY)
def ready() -> Response:
    """Say whether requests can be served, or which check failed."""
    failed = failed_check()
    return _answer(503, {"status": "not ready", "failed": failed}) if failed else _answer(200, {"status": "ok"})


def _answer(status: int, told: dict[str, str]) -> Response:
    return Response(to_json(told), status, content_type="application/json")
