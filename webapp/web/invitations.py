from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.errors import Conflict, Invalid
from webapp.http.audience import Audience, allow
from webapp.http.authentication import client_info, set_sign_in_cookie
from webapp.http.lanes import lane
from webapp.services.accounts.invitations import accept_invitation, find_invitation
from webapp.web.responses import answer, see_other

pages = Blueprint("invitations", __name__)


@pages.get("/invitations/<secret>")
@allow(Audience.ANYBODY)
def show(secret: str) -> Response:
    """Show the form for a new account, or for the new password of an existing one."""
    return answer("invitations/show.html", invited=find_invitation(secret), name="", problem="", revoke_tokens=True)


@pages.post("/invitations/<secret>")
@lane("passwords")
@allow(Audience.ANYBODY)
def accept(secret: str) -> Response:
    """Create the account or set the password, and sign in. The link works once."""
    invited, name = find_invitation(secret), request.form.get("name", "")
    password, revoke_tokens = request.form.get("password", ""), bool(request.form.get("revoke_tokens"))
    try:
        token = accept_invitation(secret, name, password, client_info(), revoke_tokens=revoke_tokens)
    except (Invalid, Conflict) as error:
        return answer(
            "invitations/show.html",
            status=error.status,
            invited=invited,
            name=name,
            problem=error.detail,
            revoke_tokens=revoke_tokens,
        )
    return set_sign_in_cookie(see_other(url_for("sessions.new")), token, remember=False)
