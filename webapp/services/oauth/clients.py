"""The clients that are known: found by their id, registered by themselves, forgotten without grants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, exists, func, insert, select

from webapp.database.transaction import read_connection, writing
from webapp.ids import new_id, utc_now
from webapp.models import OAuthClient, OAuthGrant, table_of
from webapp.services.accounts.secrets import make_secret
from webapp.services.oauth.addresses import READ, WRITE
from webapp.services.oauth.redirects import is_registered

if TYPE_CHECKING:
    from sqlalchemy import Connection

_clients = table_of(OAuthClient)
_grants = table_of(OAuthGrant)

NAME_LIMIT = 80
MAX_REDIRECT_URIS = 10
#: Clients without a grant: how many there may be, and for how long. Anybody may register one.
MAX_UNUSED = 1_000
UNUSED_FOR = timedelta(days=30)


class Client(NamedTuple):
    """A client with the methods that Authlib asks. It is public: PKCE takes the place of a secret (RFC 7636)."""

    id: str
    client_id: str
    name: str
    redirect_uris: list[str]
    fetched_at: datetime | None

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        # OAuth 2.1: a request always names it.
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return what is allowed of a scope. Unknown words are left out; writing includes reading."""
        words = scope.split() if scope else [READ, WRITE]
        if WRITE in words:
            return f"{READ} {WRITE}"
        return READ if READ in words else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return is_registered(redirect_uri, self.redirect_uris)

    def check_client_secret(self, _secret: str) -> bool:
        return False

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}


_SELECT = select(*(_clients.c[name] for name in Client._fields))


def find_client(client_id: str) -> Client | None:
    row = read_connection().execute(_SELECT.where(_clients.c.client_id == client_id)).first()
    return Client._make(row) if row else None


def lock_client(connection: Connection, client_id: str) -> bool:
    """Keep a client from being forgotten until the transaction ends. Return False if it was forgotten already."""
    statement = select(_clients.c.id).where(_clients.c.client_id == client_id).with_for_update(key_share=True)
    return connection.scalar(statement) is not None


def shown_name(name: str) -> str:
    """Return a client's name as a page may show it: one line, and nothing that turns letters around."""
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())[:NAME_LIMIT].strip()


def register_client(name: str, redirect_uris: list[str]) -> Client:
    """Store a new client. Old clients without a grant make room for it."""
    client = Client(new_id(), f"mbc_{make_secret()}", name, redirect_uris, None)
    with writing() as connection:
        forget_unused(connection)
        connection.execute(insert(_clients), client._asdict() | {"created_at": utc_now()})
    return client


def forget_unused(connection: Connection) -> None:
    """Make room for one more client without a grant, in the caller's transaction."""
    unused = ~exists().where(_grants.c.client_id == _clients.c.id)
    connection.execute(delete(_clients).where(unused, _clients.c.created_at < utc_now() - UNUSED_FOR))
    count = connection.scalar(select(func.count()).select_from(_clients).where(unused)) or 0
    if count >= MAX_UNUSED:
        oldest = select(_clients.c.id).where(unused).order_by(_clients.c.created_at).limit(count - MAX_UNUSED + 1)
        connection.execute(delete(_clients).where(_clients.c.id.in_(oldest)))
