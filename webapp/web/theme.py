from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.http.audience import Audience, allow
from webapp.web.responses import return_address, see_other

pages = Blueprint("theme", __name__)

_THEMES = {"light", "dark"}
_YEAR = 31_536_000


@pages.post("/theme")
@allow(Audience.ANYBODY)
def update() -> Response:
    """Choose light or dark for this browser; anything else follows the system again."""
    response = see_other(return_address("/sessions"))
    theme = request.form.get("theme", "")
    if theme in _THEMES:
        response.set_cookie("theme", theme, max_age=_YEAR, httponly=True, samesite="Lax")
    else:
        response.delete_cookie("theme")
    return response


@pages.app_context_processor
def current() -> dict[str, str]:
    """Tell every page which theme was chosen."""
    theme = request.cookies.get("theme", "")
    return {"theme": theme if theme in _THEMES else ""}
