"""Refusals and failures as pages: what happened, and where to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from webapp.errors import Busy, PasswordNeeded, SignInNeeded, TooMany
from webapp.observability.request_context import request_id
from webapp.web import confirmation, sign_in
from webapp.web.responses import answer, wants_fragment

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.exceptions import HTTPException

    from webapp.errors import AppError

#: Forms that are shown again, with all that was in them, if they are to be sent later.
_FORMS = {"sign_in.create": sign_in.refuse, "confirmation.create": confirmation.refuse}
_SENTENCES = {
    400: "The server cannot read this request. Go back and try again.",
    404: "There is no page at this address. It may have been deleted permanently.",
    405: "This address does not support the action. Go back and use the buttons of the page.",
    413: "The request is too large. Go back to your text, and send it in parts.",
    414: "This address is too long. Go back and try a shorter search.",
    415: "The server cannot read this form. Go back and use the form of the page.",
}


def refused(error: AppError) -> Response:
    """Show what a service refused."""
    if isinstance(error, SignInNeeded):
        return sign_in.ask_first(error)
    if isinstance(error, PasswordNeeded):
        return confirmation.ask_first(error)
    if isinstance(error, TooMany | Busy) and request.endpoint in _FORMS:
        return _FORMS[request.endpoint](error)
    return _page(error.status, error.title, error.detail)


def refused_http(error: HTTPException) -> Response:
    """Show what Flask refused."""
    status = error.code or 500
    return _page(status, error.name, _SENTENCES.get(status, error.description or error.name))


def failed() -> Response:
    """Show that something failed, and nothing of what."""
    sentence = "An unexpected error occurred. Please try again. The server's log has the details."
    return _page(500, "Something went wrong", sentence, reference=request_id())


def _page(status: int, title: str, detail: str, reference: str | None = None) -> Response:
    template = "errors/_problem.html" if wants_fragment() else "errors/show.html"
    return answer(template, status=status, status_code=status, error_title=title, detail=detail, reference=reference)
