from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from webapp.http.authentication import current_user
from webapp.services.accounts.grants import revoke_grant
from webapp.web.responses import see_other

if TYPE_CHECKING:
    from flask import Response

pages = Blueprint("apps", __name__)


@pages.post("/account/apps/<id:grant_id>/disconnect")
def destroy(grant_id: str) -> Response:
    revoke_grant(current_user(), grant_id)
    return see_other(url_for("account.show", done="app", _anchor="apps"))
