"""The import that this browser follows, shown at the foot of the list of chats on every page.

A cookie names it, so that pages cost no query while there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import after_this_request, request

from webapp.errors import NotFound
from webapp.http.authentication import cookie_path, current_user
from webapp.ids import canonical_id
from webapp.services.ingest.runs import get_import
from webapp.web.import_words import BUSY

if TYPE_CHECKING:
    from flask import Response

    from webapp.services.ingest.values import Run

_COOKIE = "importing"
_SECONDS = 7 * 24 * 3600


def running_import() -> Run | None:
    """Return the import that the browser follows, if it is still running."""
    run_id = canonical_id(request.cookies.get(_COOKIE, ""))
    if run_id is None:
        return None
    try:
        run = get_import(current_user(), run_id)
    except NotFound:
        run = None
    if run is None or run.state not in BUSY:
        after_this_request(_forget)
        return None
    return run


def follow(response: Response, run: Run) -> Response:
    """Show an import that has begun on all pages of this browser."""
    response.set_cookie(
        _COOKIE, run.id, max_age=_SECONDS, path=cookie_path(), httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


def stop_following(response: Response, run: Run) -> Response:
    """Forget the import if it is over."""
    return _forget(response) if run.state not in BUSY and request.cookies.get(_COOKIE) == run.id else response


def _forget(response: Response) -> Response:
    response.delete_cookie(_COOKIE, path=cookie_path(), httponly=True, samesite="Lax", secure=request.is_secure)
    return response
