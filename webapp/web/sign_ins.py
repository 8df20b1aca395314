from __future__ import annotations

from flask import Blueprint, Response, url_for

from webapp.http.audience import needs_fresh_password
from webapp.http.authentication import clear_sign_in_cookie, current_user
from webapp.services.accounts.sign_in_list import end_all_sign_ins, end_sign_in
from webapp.web.responses import see_other

pages = Blueprint("sign_ins", __name__)


@pages.post("/account/sign-ins/<id:sign_in_id>/end")
@needs_fresh_password
def end(sign_in_id: str) -> Response:
    end_sign_in(current_user(), sign_in_id)
    return see_other(url_for("account.show", done="sign-in", _anchor="sign-ins"))


@pages.post("/account/sign-ins/end")
@needs_fresh_password
def end_all() -> Response:
    end_all_sign_ins(current_user())
    return clear_sign_in_cookie(see_other(url_for("sign_in.show")))
