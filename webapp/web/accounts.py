"""The administrator's pages: accounts and invitations. No page shows another account's chats."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.errors import AppError, Conflict
from webapp.http.audience import Audience, allow, needs_fresh_password
from webapp.http.authentication import current_user
from webapp.services.accounts.accounts import list_accounts
from webapp.services.accounts.invitations import invite, list_invitations, withdraw_invitation
from webapp.services.accounts.status import disable_account, enable_account
from webapp.web.responses import answer, see_other
from webapp.web.sidebar import sidebar

pages = Blueprint("accounts", __name__)


@pages.get("/accounts")
@allow(Audience.ADMINISTRATOR)
def index() -> Response:
    return _show()


@pages.post("/accounts/invitations")
@allow(Audience.ADMINISTRATOR)
@needs_fresh_password
def create_invitation() -> Response:
    """Create an invitation and show its link. No later page can show the link."""
    return _show(link=invite(current_user(), is_admin=bool(request.form.get("admin"))))


@pages.post("/accounts/invitations/<id:invitation_id>/withdraw")
@allow(Audience.ADMINISTRATOR)
def destroy_invitation(invitation_id: str) -> Response:
    withdraw_invitation(current_user(), invitation_id)
    return see_other(url_for("accounts.index"))


@pages.post("/accounts/<id:account_id>/reset")
@allow(Audience.ADMINISTRATOR)
@needs_fresh_password
def reset(account_id: str) -> Response:
    """Create a password reset link and show it. No later page can show it."""
    return _show(link=invite(current_user(), account_id=account_id))


@pages.post("/accounts/<id:account_id>/disable")
@allow(Audience.ADMINISTRATOR)
@needs_fresh_password
def disable(account_id: str) -> Response:
    try:
        disable_account(current_user(), account_id)
    except Conflict as error:
        return _show(error)
    return see_other(url_for("accounts.index"))


@pages.post("/accounts/<id:account_id>/enable")
@allow(Audience.ADMINISTRATOR)
@needs_fresh_password
def enable(account_id: str) -> Response:
    enable_account(current_user(), account_id)
    return see_other(url_for("accounts.index"))


def _show(problem: AppError | None = None, *, link: str = "") -> Response:
    user = current_user()
    return answer(
        "accounts/index.html",
        status=problem.status if problem else 200,
        problem=problem.detail if problem else "",
        accounts=list_accounts(user),
        invitations=list_invitations(user),
        link=url_for("invitations.show", secret=link, _external=True) if link else "",
        user=user,
        **sidebar(None, from_cursor=False),
    )
