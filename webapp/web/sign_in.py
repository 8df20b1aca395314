from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, request, url_for
from werkzeug.exceptions import ClientDisconnected

from webapp.errors import NotFound, WrongCredentials
from webapp.http.audience import Audience, allow
from webapp.http.authentication import (
    clear_sign_in_cookie,
    client_info,
    current_sign_in,
    set_sign_in_cookie,
)
from webapp.http.body_limits import max_bytes
from webapp.http.lanes import lane
from webapp.http.rate_limits import limit_attempts_from_address, limit_attempts_on_account
from webapp.services.accounts.accounts import has_account
from webapp.services.accounts.sign_in_list import end_sign_in
from webapp.services.accounts.sign_ins import sign_in
from webapp.urls import SESSIONS
from webapp.web import confirmation
from webapp.web.continuation import accepts, continue_to, form_fields, incomplete_form, own_page_or_home
from webapp.web.responses import answer, see_other, wants_fragment

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.accounts.sign_ins import SignedIn

pages = Blueprint("sign_in", __name__)

#: The form's own fields. All others belong to the form that was sent after the sign-in had expired.
_OWN_FIELDS = frozenset({"name", "password", "remember", "next", "then"})


@pages.get("/sign-in")
@allow(Audience.ANYBODY)
def show() -> Response:
    if current_sign_in() is not None:
        return see_other(own_page_or_home(request.args.get("next", "")))
    return _form(next_page=request.args.get("next", ""))


@pages.post("/sign-in")
@lane("passwords")
@allow(Audience.ANYBODY)
# The form also contains the fields of the pending form.
@max_bytes(texts=1)
@limit_attempts_on_account
@limit_attempts_from_address
def create() -> Response:
    """Sign in, then continue with the pending form or to a page."""
    name, remember = request.form.get("name", ""), bool(request.form.get("remember"))
    before = current_sign_in()
    try:
        secret, _ = sign_in(name, request.form.get("password", ""), client_info(), remember=remember)
    except WrongCredentials as error:
        return show_again(error)
    if before is not None:
        _end(before)
    response = continue_to(request.form.get("then", ""), request.form.get("next", ""))
    return set_sign_in_cookie(response, secret, remember=remember)


@pages.post("/sign-out")
@allow(Audience.ANYBODY)
def destroy() -> Response:
    signed_in = current_sign_in()
    if signed_in is not None:
        _end(signed_in)
    return clear_sign_in_cookie(see_other(url_for("sign_in.show")))


def _end(signed_in: SignedIn) -> None:
    # Another tab may have signed out at the same time.
    with suppress(NotFound):
        end_sign_in(signed_in.user, signed_in.id)


def show_again(error: AppError) -> Response:
    """Show the form again with the error and all fields except the password."""
    response = _form(
        status=error.status,
        problem=error.detail,
        name=request.form.get("name", ""),
        remember=bool(request.form.get("remember")),
        next_page=request.form.get("next", ""),
        then=request.form.get("then", ""),
        pending_fields=form_fields(_OWN_FIELDS),
    )
    response.headers.update(error.headers)
    return response


def require_sign_in(error: AppError) -> Response:
    """Respond to SignInNeeded. A page redirects to the sign-in form; a sent form becomes hidden fields of it."""
    if wants_fragment():
        response = answer("sign_in/_needed.html", status=error.status)
    elif request.method in {"GET", "HEAD"}:
        address = _address_with(request.full_path.rstrip("?"))
        if "HX-Request" in request.headers:
            # htmx would swap the sign-in page into the open page; HX-Redirect loads it as a whole.
            response = answer("sign_in/_needed.html", status=error.status)
            response.headers["HX-Redirect"] = address
        else:
            response = see_other(address)
    else:
        response = _require_sign_in_for_form(error)
    response.headers.update(error.headers)
    return response


def _require_sign_in_for_form(error: AppError) -> Response:
    try:
        path, pending_fields = request.path, form_fields()
    except ClientDisconnected:
        return incomplete_form()
    if request.endpoint == "confirmation.create":
        # Signing in also confirms the password, so the form that waited for it continues directly.
        path, pending_fields = confirmation.pending_form(pending_fields)
    elif not pending_fields or any(name in _OWN_FIELDS for name, _ in pending_fields):
        page = path if accepts(path, "GET") else SESSIONS
        return _form(status=error.status, problem="You are not signed in any more. Please sign in.", next_page=page)
    return _form(status=error.status, then=path, pending_fields=pending_fields)


def _form(
    *, status: int = 200, then: str = "", pending_fields: list[tuple[str, str]] | None = None, **context: Any
) -> Response:
    g.pop("user", None)
    text = next((value for name, value in pending_fields or () if name in {"content", "title"}), "")
    return answer(
        "sign_in/show.html",
        status=status,
        then=then if accepts(then, "POST") else "",
        pending_fields=pending_fields or [],
        text=text,
        has_account=has_account(),
        **context,
    )


def _address_with(page: str) -> str:
    return url_for("sign_in.show", next=None if page in {"/", SESSIONS} else page)
