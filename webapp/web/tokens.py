from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from webapp.errors import Conflict, Invalid
from webapp.http.audience import needs_fresh_password
from webapp.http.authentication import current_user
from webapp.services.accounts.tokens import create_token, revoke_token
from webapp.web.account import show_account
from webapp.web.forms import whole_field
from webapp.web.responses import see_other

pages = Blueprint("tokens", __name__)


@pages.post("/account/tokens")
@needs_fresh_password
def create() -> Response:
    """Create token and show its secret, this once."""
    typed = {name: request.form.get(name, "") for name in ("token_name", "days", "read_only")}
    days = whole_field("days") if typed["days"].strip() else None
    try:
        if typed["days"].strip() and days is None:
            raise Invalid.field(
                "days",
                "number",
                "The lifetime must be a whole number of days. Leave it empty for a token without expiry.",
            )
        lifetime = None if days is None else timedelta(days=min(days, 100_000))
        secret, _ = create_token(
            current_user(), typed["token_name"], read_only=bool(typed["read_only"]), lifetime=lifetime
        )
    except (Invalid, Conflict) as error:
        return show_account(status=error.status, problems={"token": error}, typed=typed)
    return show_account(secret=secret)


@pages.post("/account/tokens/<id:token_id>/revoke")
def revoke(token_id: str) -> Response:
    """Let a token open nothing any more."""
    revoke_token(current_user(), token_id)
    return see_other(url_for("account.show", done="token", _anchor="tokens"))
