from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, make_response, redirect, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from webapp.access import Who, current_sign_in, let_in, let_out, open_to, whence
from webapp.body_limits import max_bytes
from webapp.errors import NotFound, WrongCredentials
from webapp.lanes import lane
from webapp.limits import limit_attempts_from_address, limit_attempts_on_account
from webapp.services.accounts.accounts import has_account
from webapp.services.accounts.sign_ins import end_sign_in, sign_in
from webapp.web.present import answer, see_other, wants_fragment

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.accounts.sign_ins import SignedIn

pages = Blueprint("sign_in", __name__)

CUT = "The form did not arrive whole. Nothing was done; go back and send it again."
#: The fields of the form itself; all others are what somebody sent when the sign-in had run out.
_OWN = frozenset({"name", "password", "remember", "next", "then"})


@pages.get("/sign-in")
@open_to(Who.ANYBODY)
def show() -> Response:
    """Ask for name and password, unless the browser is signed in."""
    if current_sign_in() is not None:
        return see_other(_page_of_ours(request.args.get("next", "")))
    return _form(next_page=request.args.get("next", ""))


@pages.post("/sign-in")
@lane("passwords")
@open_to(Who.ANYBODY)
# The form also holds what was typed when the sign-in ran out.
@max_bytes(texts=1)
@limit_attempts_from_address
@limit_attempts_on_account
def create() -> Response:
    """Sign in, and go where the browser was going: to a page, or on with the form that was sent."""
    name, remember = request.form.get("name", ""), bool(request.form.get("remember"))
    before = current_sign_in()
    try:
        secret, _ = sign_in(name, request.form.get("password", ""), whence(), remember=remember)
    except WrongCredentials as error:
        return refuse(error)
    if before is not None:
        _end(before)
    then = request.form.get("then", "")
    if _takes(then, "POST"):
        # The browser sends the same fields once more (RFC 9110, section 15.4.8): what was typed goes its way.
        response = make_response(redirect(then, 307))
    else:
        response = see_other(_page_of_ours(request.form.get("next", "")))
    return let_in(response, secret, remember=remember)


@pages.post("/sign-out")
@open_to(Who.ANYBODY)
def destroy() -> Response:
    """Sign this browser out."""
    signed_in = current_sign_in()
    if signed_in is not None:
        _end(signed_in)
    return let_out(see_other("/sign-in"))


def _end(signed_in: SignedIn) -> None:
    # Another tab may have ended it a moment before.
    with suppress(NotFound):
        end_sign_in(signed_in.user, signed_in.id)


def refuse(error: AppError) -> Response:
    """Show the form again with the reason, and everything in it but the password."""
    response = _form(
        status=error.status,
        problem=error.detail,
        name=request.form.get("name", ""),
        remember=bool(request.form.get("remember")),
        next_page=request.form.get("next", ""),
        then=request.form.get("then", ""),
        kept=[(name, value) for name, value in request.form.items(multi=True) if name not in _OWN],
    )
    response.headers.update(error.headers)
    return response


def ask_first(error: AppError) -> Response:
    """Answer who is not signed in: with the form, from which it goes on to what was asked for."""
    if wants_fragment():
        response = answer("sign_in/_needed.html", status=error.status)
    elif request.method in {"GET", "HEAD"}:
        address = _address_with(request.full_path.rstrip("?"))
        if "HX-Request" in request.headers:
            # The page that is open is swapped by htmx; this one is to be gone to.
            response = answer("sign_in/_needed.html", status=error.status)
            response.headers["HX-Redirect"] = address
        else:
            response = see_other(address)
    else:
        response = _keep_form(error)
    response.headers.update(error.headers)
    return response


def _keep_form(error: AppError) -> Response:
    try:
        kept = list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        kept = []
    except ClientDisconnected:
        # Half of what was typed must not be sent on after signing in.
        return answer("errors/show.html", status=400, status_code=400, error_title="Bad Request", detail=CUT)
    if not kept or any(name in _OWN for name, _ in kept):
        page = request.path if _takes(request.path, "GET") else "/sessions"
        return _form(status=error.status, problem="You are not signed in any more.", next_page=page)
    return _form(status=error.status, then=request.path, kept=kept)


def _form(*, status: int = 200, then: str = "", kept: list[tuple[str, str]] | None = None, **context: Any) -> Response:
    g.pop("user", None)
    text = next((value for name, value in kept or () if name in {"content", "title"}), "")
    return answer(
        "sign_in/show.html",
        status=status,
        then=then if _takes(then, "POST") else "",
        kept=kept or [],
        text=text,
        has_account=has_account(),
        **context,
    )


def _address_with(page: str) -> str:
    return "/sign-in" if page in {"/", "/sessions"} else f"/sign-in?next={quote(page, safe='/')}"


def _page_of_ours(address: str) -> str:
    """Return the address if it is a page here, else the list of chats: nobody is sent elsewhere."""
    ours = address.isprintable() and _takes(address.partition("?")[0], "GET")
    return address if ours else "/sessions"


def _takes(path: str, method: str) -> bool:
    if not path.startswith("/") or path.startswith(("//", "/\\", "/sign-")) or not path.isprintable():
        return False
    return bool(current_app.url_map.bind("localhost").test(path, method))
