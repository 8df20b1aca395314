"""Authlib's authorization server over the rows of this app. It is imported only when a request needs it."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request, grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750.token import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge

from webapp.services.oauth import codes, tokens
from webapp.services.oauth.addresses import find_resource, issuer
from webapp.services.oauth.clients import Client, find_client
from webapp.services.oauth.values import Parameters, Reply

if TYPE_CHECKING:
    from webapp.services.oauth.codes import Code
    from webapp.services.oauth.tokens import StoredToken
    from webapp.services.users import CurrentUser

# Its debug lines have tokens.
logging.getLogger("authlib").setLevel(logging.WARNING)

_METHODS = ["none"]
#: Authlib asks for https. The settings have done so already, and allow HTTP on this machine.
_CHECKED = "https://localhost/"


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]
    """The resource is unknown, or not that of the grant (RFC 8707, section 2)."""

    error = "invalid_target"


class Request(OAuth2Request):  # type: ignore[misc]
    """A request by its parameters alone: clients have no secrets, so headers say nothing."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__("POST", _CHECKED)
        self.parameters = parameters
        self.payload = BasicOAuth2Payload(parameters)
        self.may_write = False
        self.grant_id = ""

    @property
    def form(self) -> Parameters:
        return self.parameters

    @property
    def args(self) -> Parameters:
        return self.parameters


class Server(AuthorizationServer):  # type: ignore[misc]
    """Answers with values. Each answer is made inside the transaction of the service that asks for it."""

    def query_client(self, client_id: str) -> Client | None:
        return find_client(client_id)

    def save_token(self, token: dict[str, Any], request: Request) -> None:
        tokens.store(request.grant_id, token)

    def get_authorization_grant(self, request: Request) -> CodeGrant:
        if request.payload.response_type != "code":
            # Authlib would quote it, which not every text survives.
            raise OAuth2Error("Send response_type=code.", error="unsupported_response_type")
        return cast("CodeGrant", super().get_authorization_grant(request))

    def create_oauth2_request(self, request: Parameters | Request) -> Request:
        return request if isinstance(request, Request) else Request(request)

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Reply:
        location = dict(headers).get("Location")
        if location is None:
            return Reply(status, body)
        # A client of several servers sees who answers (RFC 9207). 303: a browser that posted a form must not post it
        # on to the client (RFC 9700, section 4.12).
        return Reply(303, {}, add_params_to_uri(location, [("iss", issuer())]))

    def send_signal(self, _name: str, *_: object, **__: object) -> None:
        pass


class Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE, always and with S256 only."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        parameters = grant.request.parameters
        if not parameters.get("code_challenge") or parameters.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a code_challenge, and code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge_method(self, _code: Code) -> str:
        return "S256"


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes for one use. A second use revokes the grant."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS

    def validate_requested_scope(self) -> None:
        """Check the request before the scope: parameters that are there twice, and the resource."""
        _refuse_repeated(self.request)
        if find_resource(self.request.parameters.get("resource", "")) is None:
            raise InvalidTargetError("This server does not have that resource.")

    def generate_authorization_code(self) -> str:
        return codes.make_code()

    def save_authorization_code(self, code: str, request: Request) -> None:
        user: CurrentUser = request.user
        parameters = request.parameters
        resource = find_resource(parameters.get("resource", ""))
        assert resource is not None
        codes.store(user, request.client, code, parameters, resource=resource, may_write=request.may_write)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        _refuse_repeated(self.request)
        found = codes.find(code, client)
        if found is not None:
            _check_resource(self.request, found.resource)
            self.request.grant_id = found.grant_id
        return found

    def authenticate_user(self, code: Code) -> str | None:
        # Everything about the request is right. Of two requests at the same time one takes the code.
        return code.user_id if codes.redeem(code) else None

    def delete_authorization_code(self, code: Code) -> None:
        """Keep the code, so that its second use is noticed."""


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """Refresh tokens for one use. A second use revokes the grant, as one of the two users is not the client."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> StoredToken | None:
        _refuse_repeated(self.request)
        return tokens.find_refresh_token(refresh_token)

    def _validate_token_scope(self, token: StoredToken) -> None:
        """Leave out what was not granted. Clients ask again for all they asked for, whatever their user allowed."""
        granted = token.get_scope().split()
        asked = self.request.parameters.pop("scope", token.get_scope()).split()
        self.request.parameters["scope"] = " ".join(word for word in granted if word in asked)
        if not self.request.parameters["scope"]:
            raise InvalidScopeError

    def authenticate_user(self, token: StoredToken) -> str:
        _check_resource(self.request, token.resource)
        if not tokens.replace(token):
            raise InvalidGrantError
        self.request.grant_id = token.grant_id
        return token.user_id

    def revoke_old_credential(self, token: StoredToken) -> None:
        """Leave it: `authenticate_user` replaced it."""


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """A client ends its grant with any of its tokens (RFC 7009)."""

    CLIENT_AUTH_METHODS = _METHODS

    def check_params(self, request: Request, client: Client) -> None:
        _refuse_repeated(request)
        super().check_params(request, client)

    def query_token(self, token: str, _hint: str | None) -> StoredToken | None:
        return tokens.find_token(token)

    def revoke_token(self, token: StoredToken, _request: Request) -> None:
        tokens.revoke_grant_of(token)


@cache
def server() -> Server:
    """Return the server, which holds no state."""
    made = Server()
    make_tokens = BearerTokenGenerator(
        lambda **_: tokens.make_access_token(), lambda **_: tokens.make_refresh_token(), tokens.ACCESS_SECONDS
    )
    made.register_token_generator("default", make_tokens)
    made.register_grant(CodeGrant, [Challenge()])
    made.register_grant(RefreshGrant)
    made.register_endpoint(Revocation)
    return made


def _refuse_repeated(request: Request) -> None:
    if request.parameters.repeated:
        raise InvalidRequestError("A parameter is there more than once.")


def _check_resource(request: Request, resource: str) -> None:
    named = request.parameters.get("resource")
    if named is not None and find_resource(named) != resource:
        raise InvalidTargetError("The grant is for another resource.")
