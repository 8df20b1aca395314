from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.http.audience import Audience, allow
from webapp.http.authentication import cookie_path
from webapp.web.responses import return_address, see_other, wants_fragment

pages = Blueprint("theme", __name__)

_THEMES = {"light", "dark"}
_YEAR = 31_536_000


@pages.post("/theme")
@allow(Audience.ANYBODY)
def update() -> Response:
    """Set the theme of this browser to light or dark. Any other value follows the system setting."""
    response = Response(status=204) if wants_fragment() else see_other(return_address(url_for("sessions.new")))
    theme = request.form.get("theme", "")
    path = cookie_path()
    if theme in _THEMES:
        response.set_cookie("theme", theme, max_age=_YEAR, path=path, httponly=True, samesite="Lax")
    else:
        response.delete_cookie("theme", path=path)
    return response


@pages.app_context_processor
def current() -> dict[str, str]:
    theme = request.cookies.get("theme", "")
    return {"theme": theme if theme in _THEMES else ""}
