"""Alice, whose book it is in most tests: her account, a browser that is signed in, and a token."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING, Any

from flask.testing import FlaskClient

from webapp.models import LOCAL_USER_ID
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

ALICE = CurrentUser(LOCAL_USER_ID, "alice", is_admin=True)
PASSWORD = "thirty-one green bottles"
#: What she fills in to sign in.
RIGHT = {"name": "alice", "password": PASSWORD}
#: Argon2id of the password, with the cheapest settings there are: it is compared in many tests.
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$bWludXRlYm9vay10ZXN0cw$Szj6sBxQLwDoA8NT2BHw2b43Jsb5+GKx9CP8y55i1vQ"

SECRET = "the-secret-of-a-browser-of-alices-in-tests"
COOKIE = "minutebook"
TOKEN = "mb_the-secret-of-a-program-of-alices-in-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}

SIGN_IN_ID = "00000000-0000-7000-8000-00000000000a"
TOKEN_ID = "00000000-0000-7000-8000-00000000000b"

_LONG_AGO = "2026-01-01T00:00:00.000000Z"
#: Seen and used so lately that nobody writes it down again.
_LATER = "2099-01-01T00:00:00.000000Z"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


#: Makes Alice of the user that the migrations left; the same words mean the same on both databases.
SEED = (
    f"UPDATE users SET name = 'alice', password_hash = '{PASSWORD_HASH}', admin_since = '{_LONG_AGO}' WHERE id = '{LOCAL_USER_ID}'",
    (
        "INSERT INTO sign_ins (id, user_id, secret_hash, created_at, seen_at, confirmed_at, expires_at, remembered, address, agent) "
        f"VALUES ('{SIGN_IN_ID}', '{LOCAL_USER_ID}', '{_hash(SECRET)}', '{_LONG_AGO}', '{_LATER}', '{_LATER}', '{_LATER}', 1 = 1, '127.0.0.1', 'tests')"
    ),
    (
        "INSERT INTO api_tokens (id, user_id, name, prefix, secret_hash, read_only, created_at, expires_at, used_at, used_from) "
        f"VALUES ('{TOKEN_ID}', '{LOCAL_USER_ID}', 'tests', 'mb_the-s', '{_hash(TOKEN)}', 1 = 0, '{_LONG_AGO}', NULL, '{_LATER}', '127.0.0.1')"
    ),
)


def seed_sqlite(path: Path) -> None:
    """Let Alice in, in a migrated SQLite file."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in SEED:
            connection.execute(statement)
    connection.close()


class Client(FlaskClient):
    """A client that is Alice wherever it comes without a cookie or a token of its own.

    `client_of(app, secret=…, token=…)` is somebody else's; with None it is nobody's.
    """

    secret: str | None = SECRET
    token: str | None = TOKEN

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        headers = dict(kwargs.pop("headers", None) or {})
        path = args[0] if args and isinstance(args[0], str) else str(kwargs.get("path", ""))
        if path.startswith(("/api/", "/v1/", "/mcp")):
            if self.token and not any(name.lower() == "authorization" for name in headers):
                headers["Authorization"] = f"Bearer {self.token}"
        elif self.secret and "Cookie" in headers:
            headers["Cookie"] = f"{headers['Cookie']}; {COOKIE}={self.secret}"
        elif self.secret and self._cookies is not None and self.get_cookie(COOKIE) is None:
            self.set_cookie(COOKIE, self.secret)
        return super().open(*args, headers=headers, **kwargs)


def client_of(app: Any, *, secret: str | None = None, token: str | None = None) -> Client:
    """Make a client of somebody else's, or of nobody's."""
    client = Client(app, app.response_class, use_cookies=True)
    client.secret, client.token = secret, token
    return client
