from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.config.settings import Settings
from webapp.errors import AppError, Invalid, WrongCredentials
from webapp.http.absolute_links import mcp_address
from webapp.http.authentication import current_sign_in, current_user
from webapp.http.lanes import lane
from webapp.http.rate_limits import limit_attempts_from_address, limit_attempts_on_account
from webapp.services.accounts.audit_log import list_events
from webapp.services.accounts.grants import list_grants
from webapp.services.accounts.password_change import change_password
from webapp.services.accounts.sign_in_list import list_sign_ins
from webapp.services.accounts.tokens import list_tokens
from webapp.services.files.usage import get_storage
from webapp.state import current
from webapp.web.connect import recipes
from webapp.web.labels import EVENT_LABELS, NOTICES
from webapp.web.responses import answer, see_other
from webapp.web.sidebar import sidebar

pages = Blueprint("account", __name__)


@pages.get("/account")
def show() -> Response:
    return show_account(done=request.args.get("done", ""))


@pages.get("/account/trail")
def trail() -> Response:
    """Show the account's audit log, newest event first."""
    page = list_events(current_user(), cursor=request.args.get("cursor"))
    return answer(
        "account/trail.html",
        events=page.data,
        next_event=page.next,
        event_labels=EVENT_LABELS,
        **sidebar(None, from_cursor=False),
    )


@pages.post("/account/password")
@lane("passwords")
@limit_attempts_on_account
@limit_attempts_from_address
def update_password() -> Response:
    """Change the password and end every other sign-in."""
    signed_in = current_sign_in()
    assert signed_in is not None
    old, new = request.form.get("password", ""), request.form.get("new_password", "")
    try:
        revoke_tokens = bool(request.form.get("revoke_tokens"))
        change_password(current_user(), old, new, keep=signed_in.id, revoke_tokens=revoke_tokens)
    except (WrongCredentials, Invalid) as error:
        return show_account(status=error.status, problems={"password": error})
    return see_other(url_for("account.show", done="password"))


def show_account(
    *,
    status: int = 200,
    done: str = "",
    problems: dict[str, AppError] | None = None,
    secret: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    """Render the account page.

    `problems` has the error of a rejected form by the form's name. `typed` refills the token form. `secret` is the
    secret of a new token, which no later page can show.
    """
    user, signed_in = current_user(), current_sign_in()
    context: dict[str, Any] = {
        "user": user,
        "sign_ins": list_sign_ins(user),
        "current_sign_in_id": signed_in.id if signed_in else None,
        "tokens": list_tokens(user),
        "grants": list_grants(user),
        "offers_apps": bool(current(Settings).public_url),
        "storage": get_storage(user),
        "problems": {form_name: error.detail for form_name, error in (problems or {}).items()},
        "typed": typed or {},
        "secret": secret,
        "mcp_address": mcp_address(),
        "recipes": recipes(secret),
        "done": done,
        "notices": NOTICES,
    }
    return answer("account/show.html", status=status, **context, **sidebar(None, from_cursor=False))
