"""A client of the authorization server: it registers, sends its user to the page, and exchanges the code."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sqlalchemy import insert

from tests.support.doors import hidden
from webapp.database.transaction import writing
from webapp.ids import new_id, utc_now
from webapp.models import OAuthClient, OAuthGrant, OAuthToken, table_of
from webapp.services.accounts.secrets import hash_secret
from webapp.services.oauth.clients import find_client

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from webapp.services.users import CurrentUser

PUBLIC = "http://localhost"
CALLBACK = "https://claude.ai/api/mcp/auth_callback"
VERIFIER = "v" * 50


def challenge_of(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def register(client: FlaskClient, *uris: str, **metadata: Any) -> str:
    """Register a client and return its id."""
    body = {"client_name": "Claude", "redirect_uris": list(uris or [CALLBACK]), **metadata}
    answer = client.post("/oauth/register", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json["client_id"]


def request_of(client_id: str, **changes: str | None) -> dict[str, str]:
    """Return the parameters of an authorization request; None leaves one out."""
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "code_challenge": challenge_of(),
        "code_challenge_method": "S256",
        "state": "s-1",
        "resource": f"{PUBLIC}/api/v1",
        **changes,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def page_of(browser: FlaskClient, parameters: dict[str, str]) -> TestResponse:
    return browser.get(f"/authorize?{urlencode(parameters)}")


def answer(
    browser: FlaskClient, parameters: dict[str, str], *, allow: bool = True, write: bool = False
) -> TestResponse:
    """Open the page and press a button of its form."""
    page = page_of(browser, parameters)
    assert page.status_code == 200, page.text
    fields = {name: hidden(page, name) for name in (*parameters, "user")}
    fields |= {"answer": "allow" if allow else "refuse"} | ({"may_write": "yes"} if write else {})
    return browser.post("/authorize", data=fields)


def returned(response: TestResponse) -> dict[str, str]:
    """Return the parameters with which the browser comes back to the client."""
    assert response.status_code == 303, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def exchange(client: FlaskClient, client_id: str, code: str, /, **changes: str | None) -> TestResponse:
    fields = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return client.post("/oauth/token", data={name: value for name, value in fields.items() if value is not None})


def refresh(client: FlaskClient, client_id: str, token: str, **more: str) -> TestResponse:
    fields = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token, **more}
    return client.post("/oauth/token", data=fields)


def connect(browser: FlaskClient, *, write: bool = False, **changes: str | None) -> tuple[str, dict[str, Any]]:
    """Connect a new client; return its id and its tokens."""
    client_id = register(browser)
    code = returned(answer(browser, request_of(client_id, **changes), write=write))["code"]
    tokens = exchange(browser, client_id, code)
    assert tokens.status_code == 200, tokens.text
    return client_id, tokens.json


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def connected(user: CurrentUser, *, write: bool = False) -> str:
    """Let an app be connected by hand, and return the id of its grant. Its access token is `mba_` and that id."""
    now, grant_id = utc_now(), new_id()
    end = now + timedelta(days=1)
    with writing() as connection:
        known = find_client("mbc_by-hand")
        client_id = known.id if known else new_id()
        if known is None:
            row = {"id": client_id, "client_id": "mbc_by-hand", "name": "Claude", "redirect_uris": [CALLBACK]}
            connection.execute(insert(table_of(OAuthClient)), row | {"created_at": now})
        grant = {"id": grant_id, "user_id": user.id, "client_id": client_id, "may_write": write, "resource": PUBLIC}
        grant |= {"redirect_uri": CALLBACK, "code_hash": hash_secret(grant_id), "code_challenge": challenge_of()}
        grant |= {"redeemed_at": now, "created_at": now, "expires_at": end, "used_at": end, "used_from": "127.0.0.1"}
        connection.execute(insert(table_of(OAuthGrant)), grant)
        token = {"id": new_id(), "grant_id": grant_id, "is_refresh": False, "may_write": write, "expires_at": end}
        connection.execute(insert(table_of(OAuthToken)), token | {"secret_hash": hash_secret(f"mba_{grant_id}")})
    return grant_id
