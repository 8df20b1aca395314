"""The page that asks for the password again before a sensitive action, and then continues with the action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected

from webapp.errors import WrongCredentials
from webapp.http.authentication import current_sign_in, current_user, set_sign_in_cookie
from webapp.http.body_limits import max_bytes
from webapp.http.lanes import lane
from webapp.http.rate_limits import limit_attempts_from_address, limit_attempts_on_account
from webapp.services.accounts.confirmation import confirm_password
from webapp.urls import ACCOUNT
from webapp.web.continuation import accepts, continue_to, form_fields, incomplete_form
from webapp.web.responses import answer, wants_fragment

if TYPE_CHECKING:
    from webapp.errors import AppError

pages = Blueprint("confirmation", __name__)

#: The form's own fields. Their prefix keeps them apart from the fields of the pending form.
OWN_FIELDS = frozenset({"confirm_password", "confirm_next", "confirm_then"})


@pages.get("/account/confirmation")
def show() -> Response:
    """Show the form. `next` in the query is the path of the page to open afterwards."""
    return _form(next_page=request.args.get("next", ACCOUNT))


@pages.post("/account/confirmation")
@lane("passwords")
# The form also contains the fields of the pending form.
@max_bytes(texts=1)
@limit_attempts_on_account
@limit_attempts_from_address
def create() -> Response:
    """Confirm the password, then continue with the pending form or to a page."""
    signed_in = current_sign_in()
    assert signed_in is not None
    try:
        secret, remembered = confirm_password(current_user(), signed_in.id, request.form.get("confirm_password", ""))
    except WrongCredentials as error:
        return show_again(error)
    response = continue_to(request.form.get("confirm_then", ""), request.form.get("confirm_next", ""))
    return set_sign_in_cookie(response, secret, remember=remembered)


def pending_form(fields: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """Split the fields of a confirmation into the path and the fields of the pending form."""
    path = next((value for name, value in fields if name == "confirm_then"), "")
    return path, [(name, value) for name, value in fields if name not in OWN_FIELDS]


def require_password(error: AppError) -> Response:
    """Respond to PasswordNeeded with the password form, which carries the rejected form as hidden fields."""
    if wants_fragment():
        response = answer("confirmation/_needed.html", status=error.status)
    else:
        try:
            pending_fields = form_fields(OWN_FIELDS)
        except ClientDisconnected:
            return incomplete_form()
        response = _form(status=error.status, then=request.path, pending_fields=pending_fields)
    response.headers.update(error.headers)
    return response


def show_again(error: AppError) -> Response:
    """Show the form again with the error and all fields except the password."""
    response = _form(
        status=error.status,
        problem=error.detail,
        next_page=request.form.get("confirm_next", ""),
        then=request.form.get("confirm_then", ""),
        pending_fields=form_fields(OWN_FIELDS),
    )
    response.headers.update(error.headers)
    return response


def _form(
    *, status: int = 200, then: str = "", pending_fields: list[tuple[str, str]] | None = None, **context: Any
) -> Response:
    return answer(
        "confirmation/show.html",
        status=status,
        then=then if accepts(then, "POST") else "",
        pending_fields=pending_fields or [],
        name=current_user().name,
        **context,
    )
