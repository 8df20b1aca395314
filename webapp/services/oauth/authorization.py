"""The authorization endpoint: what a client asks is shown to the user, who allows or refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.database.transaction import leave_transaction, writing
from webapp.services.oauth.addresses import WRITE, find_resource, issuer
from webapp.services.oauth.clients import Client, find_client, lock_client
from webapp.services.oauth.documents import is_document_id, read_document
from webapp.services.oauth.redirects import target_of
from webapp.services.oauth.values import Consent, Parameters, Refusal, Reply, WrongAuthorization

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser


def ask(user: CurrentUser | None, parameters: Parameters) -> Consent | Refusal:
    """Return what the user is asked, or why the request is refused.

    Raises WrongAuthorization if the client or its redirect URI is wrong: then nobody is sent anywhere.
    """
    from authlib.oauth2.rfc6749 import OAuth2Error

    from webapp.services.oauth.engine import server

    client = _client_of(parameters)
    try:
        grant = server().get_consent_grant(parameters, user)
    except OAuth2Error as error:
        error.redirect_uri = parameters["redirect_uri"]
        location = server().handle_error_response(parameters, error).location
        return Refusal(client.name, error.get_error_description() or error.error, location)
    target = target_of(parameters["redirect_uri"])
    resource = find_resource(parameters.get("resource", ""))
    assert target is not None
    assert resource is not None
    return Consent(
        client_name=client.name,
        publisher=urlsplit(client.client_id).netloc if is_document_id(client.client_id) else "",
        target=target,
        redirect_uri=parameters["redirect_uri"],
        resource=resource.removeprefix(issuer()),
        is_writing_asked=WRITE in grant.request.scope.split(),
    )


def allow(user: CurrentUser, parameters: Parameters, *, may_write: bool) -> str:
    """Return the URL that takes a code to the client, or an error if its request is wrong.

    The client may write only if it asked to and the user allowed it. Raises WrongAuthorization.
    """
    return _answer(user, parameters, may_write=may_write)


def refuse(parameters: Parameters) -> str:
    """Return the URL that tells the client that the user refused. Raises WrongAuthorization."""
    return _answer(None, parameters, may_write=False)


def _answer(user: CurrentUser | None, parameters: Parameters, *, may_write: bool) -> str:
    from webapp.services.oauth.engine import server

    asked = ask(user, parameters)
    if isinstance(asked, Refusal):
        return asked.location
    with writing() as connection:
        if not lock_client(connection, parameters["client_id"]):
            raise WrongAuthorization("The app was forgotten meanwhile. Add this Minutebook to it again.")
        request = server().create_oauth2_request(parameters)
        request.may_write = may_write and asked.is_writing_asked
        grant = server().get_authorization_grant(request)
        reply: Reply = server().create_authorization_response(request, user, grant)
    return reply.location


def _client_of(parameters: Parameters) -> Client:
    """Return the client of a request whose redirect URI is the client's own. Raises WrongAuthorization."""
    client_id, redirect_uri = parameters.get("client_id"), parameters.get("redirect_uri")
    if not parameters.is_plain or parameters.repeated & {"client_id", "redirect_uri"}:
        raise WrongAuthorization("The app sent a request that cannot be understood. Nothing was allowed.")
    client = _find(client_id) if client_id else None
    if client is None:
        raise WrongAuthorization(
            "The app is not known here, or was forgotten because it was never allowed anything. "
            "Add this Minutebook to it again."
        )
    if redirect_uri is None or not client.check_redirect_uri(redirect_uri):
        raise WrongAuthorization(
            f"The app “{client.name}” did not register the address that this request would take you to. "
            "Nothing was allowed, and you are not sent there."
        )
    return client


def _find(client_id: str) -> Client | None:
    if not is_document_id(client_id):
        return find_client(client_id)
    client = read_document(client_id)
    leave_transaction()
    return client
