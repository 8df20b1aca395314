from __future__ import annotations

import hmac

from flask import Blueprint, Response, request, url_for

from webapp.config.secret_key import setup_code
from webapp.config.settings import Settings
from webapp.errors import AlreadySetUp, Forbidden, Invalid
from webapp.http.audience import Audience, allow
from webapp.http.authentication import client_info, set_sign_in_cookie
from webapp.http.lanes import lane
from webapp.http.rate_limits import limit_attempts_from_address
from webapp.services.accounts.accounts import create_first_account, has_account
from webapp.services.accounts.sign_ins import sign_in
from webapp.state import current
from webapp.web.responses import answer, see_other

pages = Blueprint("setup", __name__)

_WRONG_CODE = "The code in this address is not right. Open the address that Minutebook printed when it was started."


@pages.get("/setup")
@allow(Audience.ANYBODY)
def show() -> Response:
    """Ask for the first account's name and password."""
    code = request.args.get("code", "")
    _check(code)
    return answer("setup/show.html", code=code, name="", problem="")


@pages.post("/setup")
@lane("passwords")
@allow(Audience.ANYBODY)
@limit_attempts_from_address
def create() -> Response:
    """Create the first account and sign in."""
    code, name = request.form.get("code", "") or request.args.get("code", ""), request.form.get("name", "")
    password = request.form.get("password", "")
    _check(code)
    try:
        create_first_account(name, password, via="setup", address=client_info().address)
    except Invalid as error:
        return answer("setup/show.html", status=error.status, code=code, name=name, problem=error.detail)
    secret, _ = sign_in(name, password, client_info(), remember=False)
    return set_sign_in_cookie(see_other(url_for("sessions.new")), secret, remember=False)


def _check(code: str) -> None:
    """Raise Conflict if there is an account already, Forbidden unless the code is right."""
    if has_account():
        raise AlreadySetUp("The first account already exists. Sign in, or ask an administrator for a link.")
    if not hmac.compare_digest(code.encode(), setup_code(current(Settings)).encode()):
        raise Forbidden(_WRONG_CODE)
