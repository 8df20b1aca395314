"""Connected apps. A user allows them on a page; programs can list and disconnect them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.schemas.apps import AppList
from webapp.database.types import instant_text
from webapp.http.authentication import current_user
from webapp.services.accounts.grants import list_grants, revoke_grant

if TYPE_CHECKING:
    from webapp.services.accounts.grants import Grant


@api.route("GET", "/account/apps", responses={200: AppList}, problems=(422,))
def index() -> Answer:
    """List the apps that are connected with the account, newest first."""
    return Answer({"data": [_json(grant) for grant in list_grants(current_user())], "next": None})


@api.route("DELETE", "/account/apps/<id:grant_id>", responses={204: None}, problems=(404, 422))
def destroy(grant_id: str) -> Answer:
    """Disconnect an app. Its tokens end at once."""
    revoke_grant(current_user(), grant_id)
    return Answer(status=204)


def _json(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "name": grant.name,
        "host": grant.host,
        "scope": "read write" if grant.may_write else "read",
        "resource": grant.resource,
        "created_at": instant_text(grant.created_at),
        "expires_at": instant_text(grant.expires_at),
        "used_at": instant_text(grant.used_at) if grant.used_at else None,
        "used_from": grant.used_from,
    }
