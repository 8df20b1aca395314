"""Error pages and error fragments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from webapp.errors import Busy, PasswordNeeded, SignInNeeded, TooMany
from webapp.observability.request_context import request_id
from webapp.web import confirmation, imports, sign_in
from webapp.web.responses import answer, wants_fragment

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.exceptions import HTTPException

    from webapp.errors import AppError

#: Views that show their form again, with its fields, when the app is busy or a rate limit is reached.
_FORMS = {
    "sign_in.create": sign_in.show_again,
    "confirmation.create": confirmation.show_again,
    "imports.create": imports.show_again,
}
_SENTENCES = {
    400: "The request cannot be understood. Go back and try again.",
    404: "There is no page at this address. It may have been deleted.",
    405: "This address does not accept this kind of request. Go back and use the page's buttons.",
    413: "This is too large to send at once. Go back, where your text still is, and split it.",
    414: "This address is too long.",
    415: "Minutebook does not accept this format of form.",
}


def refused(error: AppError) -> Response:
    if isinstance(error, SignInNeeded):
        return sign_in.require_sign_in(error)
    if isinstance(error, PasswordNeeded):
        return confirmation.require_password(error)
    if isinstance(error, TooMany | Busy) and request.endpoint in _FORMS:
        return _FORMS[request.endpoint](error)
    return _page(error.status, error.title, error.detail)


def refused_http(error: HTTPException) -> Response:
    """Show an HTTP error that Flask raised."""
    status = error.code or 500
    if status == 413 and request.endpoint == "imports.create":
        return imports.show_too_large()
    return _page(status, error.name, _SENTENCES.get(status, error.description or error.name))


def failed() -> Response:
    """Show a 500 page with the request id and no details."""
    detail = "Minutebook made a mistake. Please try again. The log has the cause."
    return _page(500, "Something went wrong", detail, reference=request_id())


def _page(status: int, title: str, detail: str, reference: str | None = None) -> Response:
    template = "errors/_problem.html" if wants_fragment() else "errors/show.html"
    return answer(template, status=status, status_code=status, error_title=title, detail=detail, reference=reference)
