from __future__ import annotations

from flask import Blueprint, Response
from pydantic_core import to_json

from webapp.http.audience import Audience, allow
from webapp.services.readiness import failed_check

pages = Blueprint("operations", __name__)


@pages.get("/healthz")
@allow(Audience.ANYBODY)
def live() -> Response:
    """Return 200 while the process can answer at all."""
    return _answer(200, {"status": "ok"})


@pages.get("/readyz")
@allow(Audience.ANYBODY)
def ready() -> Response:
    """Return 200 if requests can be served, else 503 with the failed check."""
    failed = failed_check()
    return _answer(503, {"status": "not ready", "failed": failed}) if failed else _answer(200, {"status": "ok"})


def _answer(status: int, checks: dict[str, str]) -> Response:
    return Response(to_json(checks), status, content_type="application/json")
