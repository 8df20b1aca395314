"""Clients whose id is the URL of a document that describes them (draft-ietf-oauth-client-id-metadata-document)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import insert, update

from webapp.config.settings import Settings
from webapp.database.transaction import leave_transaction, writing
from webapp.ids import new_id, utc_now
from webapp.models import OAuthClient, table_of
from webapp.services.oauth.clients import Client, find_client, forget_unused
from webapp.services.oauth.fetching import Network, Unreachable, fetch
from webapp.services.oauth.registration import WrongMetadataError, read_metadata
from webapp.services.oauth.values import WrongAuthorization
from webapp.state import current, find

_clients = table_of(OAuthClient)

#: How long a document is trusted without reading it again.
_FRESH = timedelta(hours=12)
_LONGEST = 500
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?")
_DOTS = re.compile(r"/\.{1,2}(/|$)|%2e", re.IGNORECASE)


def is_document_id(client_id: str) -> bool:
    """Return whether a client id is a URL. Ids of registered clients never are."""
    return "://" in client_id


def read_document(client_id: str) -> Client:
    """Return the client that the document at a URL describes. Raises WrongAuthorization."""
    if not current(Settings).client_documents:
        raise WrongAuthorization(
            "The app describes itself by a document on the web, and this server does not read such documents. "
            "The operator can allow it with MINUTEBOOK_CLIENT_DOCUMENTS."
        )
    host, target = _parts(client_id)
    known = find_client(client_id)
    if known is not None and known.fetched_at is not None and utc_now() - known.fetched_at < _FRESH:
        return known
    # Reading takes seconds, so no connection is held meanwhile.
    leave_transaction()
    try:
        body = fetch(host, target, find(Network) or Network())
    except Unreachable as error:
        raise WrongAuthorization(f"The document of the app cannot be read: {error}.") from None
    return _store(client_id, known, *_described(client_id, body))


def _parts(client_id: str) -> tuple[str, str]:
    """Return host and path of a document's URL. Raises WrongAuthorization for one that a client must not have."""
    try:
        parts = urlsplit(client_id)
        is_standard = parts.port in {None, 443}
    except ValueError:
        is_standard = False
    target = client_id.partition("://")[2].partition("/")[2]
    if (
        not is_standard
        or len(client_id) > _LONGEST
        or not client_id.startswith("https://")
        or not _HOST.fullmatch(parts.netloc.removesuffix(":443"))
        or not _PATH.fullmatch(f"/{target}")
        or _DOTS.search(parts.path)
    ):
        raise WrongAuthorization("The id of the app is not the address of a document: https, a host name and a path.")
    return parts.netloc.removesuffix(":443"), f"/{target}"


def _described(client_id: str, body: bytes) -> tuple[str, list[str]]:
    """Return the name and the redirect URIs in a document. Raises WrongAuthorization."""
    try:
        metadata: Any = json.loads(body)
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict) or metadata.get("client_id") != client_id:
        raise WrongAuthorization("The document of the app does not name the app by the document's own address.")
    if metadata.get("token_endpoint_auth_method", "none") != "none":
        raise WrongAuthorization("The app wants to prove who it is with a key, which this server does not support.")
    try:
        return read_metadata(metadata)
    except WrongMetadataError as error:
        raise WrongAuthorization(f"The document of the app is wrong. {error}") from None


def _store(client_id: str, known: Client | None, name: str, uris: list[str]) -> Client:
    now = utc_now()
    with writing() as connection:
        # Another request may have stored it while this one read the document.
        known = find_client(client_id)
        values = {"name": name, "redirect_uris": uris, "fetched_at": now}
        if known is None:
            forget_unused(connection)
            row = {"id": new_id(), "client_id": client_id, "created_at": now}
            connection.execute(insert(_clients), row | values)
        else:
            connection.execute(update(_clients).where(_clients.c.id == known.id).values(values))
        stored = find_client(client_id)
    assert stored is not None
    return stored
