"""Who is asking, by a browser's sign-in or a program's token.

What does not say to whom it is open is closed: it has the audience of its door. A cookie opens no door for programs, so
a page from elsewhere has nothing to send there; a token opens no page.
"""

from __future__ import annotations

import hmac
from functools import partial
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request

from webapp.config.settings import Settings
from webapp.errors import Forbidden, PasswordNeeded, SignInNeeded
from webapp.http.audience import Audience, lets_read, public, requires_fresh_password
from webapp.http.challenges import REALM, invalid_token, no_token, read_only_token
from webapp.http.doors import audience_of
from webapp.http.url_prefix import prefixed
from webapp.services.accounts import grants, sign_ins, tokens
from webapp.services.accounts.administrators import whom_to_ask
from webapp.services.accounts.sign_ins import ClientInfo, SignedIn, find_sign_in
from webapp.services.accounts.tokens import use_token
from webapp.state import current
from webapp.urls import CONFIRMATION, SIGN_IN

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.services.users import CurrentUser

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_ADDRESS = 45


def init_authentication(app: Flask, _settings: Settings) -> None:
    """Authenticate every request, and refuse it if its audience does not admit the user."""
    public(app.view_functions["static"])
    app.before_request(_identify)


def current_user() -> CurrentUser:
    """Return the authenticated user. Raises SignInNeeded if there is none."""
    user: CurrentUser | None = g.get("user")
    if user is None:
        raise SignInNeeded("Please sign in.")
    return user


def current_sign_in() -> SignedIn | None:
    if "sign_in" not in g:
        secret = request.cookies.get(cookie_name(), "")
        address = client_info().address
        g.sign_in = find_sign_in(secret, address) if secret else None
        g.is_authorized = partial(sign_ins.is_valid, secret, address)
    return cast("SignedIn | None", g.sign_in)


def client_info() -> ClientInfo:
    # A proxy may forward any text. No address is longer than this (RFC 4291, with an IPv4 address at its end).
    address = (request.remote_addr or "").replace("\0", "")[:_MAX_ADDRESS]
    return ClientInfo(address, " ".join(request.headers.get("User-Agent", "").replace("\0", "").split()))


def cookie_name() -> str:
    """Return the cookie's name. With TLS it has the prefix `__Host-` (RFC 6265bis, section 4.1.3).

    That prefix requires the path `/`. Below a URL prefix the cookie has its path, and the name begins with `__Secure-`.
    """
    if not request.is_secure:
        return "minutebook"
    return "__Secure-minutebook" if request.script_root else "__Host-minutebook"


def cookie_path() -> str:
    """Return the path that cookies are sent to. Other apps of the host do not get them."""
    return request.script_root or "/"


def set_sign_in_cookie(response: Response, secret: str, *, remember: bool) -> Response:
    response.set_cookie(
        cookie_name(),
        secret,
        max_age=sign_ins.REMEMBERED if remember else None,
        path=cookie_path(),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def clear_sign_in_cookie(response: Response) -> Response:
    """Delete the cookie and the browser's cached pages."""
    response.delete_cookie(cookie_name(), path=cookie_path(), httponly=True, samesite="Lax", secure=request.is_secure)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _identify() -> None:
    if request.endpoint is None:
        return
    audience = audience_of(current_app, request.endpoint)
    if audience is Audience.TOKEN:
        _identify_by_token()
    elif audience is Audience.OPERATOR:
        _check_operator()
    elif audience is not Audience.ANYBODY:
        _identify_by_sign_in(audience)


def _identify_by_sign_in(audience: Audience) -> None:
    signed_in = current_sign_in()
    if signed_in is None:
        challenge = f'Cookie {REALM} form-action="{prefixed(SIGN_IN)}"'
        raise SignInNeeded("Please sign in.", headers={"WWW-Authenticate": challenge})
    g.user = signed_in.user
    if audience is Audience.ADMINISTRATOR and not signed_in.user.is_admin:
        raise Forbidden(f"Only an administrator can do this. Ask {whom_to_ask()}.")
    if requires_fresh_password(current_app, request.endpoint or "") and not signed_in.is_fresh:
        raise PasswordNeeded("Please enter your password again.", headers={"WWW-Authenticate": _step_up()})


def _step_up() -> str:
    """Return the challenge for a fresh password (RFC 9470)."""
    fresh = int(sign_ins.FRESH.total_seconds())
    form = prefixed(CONFIRMATION)
    return f'Cookie {REALM}, form-action="{form}", error="insufficient_user_authentication", max_age={fresh}'


def _identify_by_token() -> None:
    """Authenticate the bearer token (RFC 6750)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise no_token()
    user = _bearer(token.strip(), client_info().address)
    if user is None:
        raise invalid_token()
    if not user.may_write and request.method not in SAFE_METHODS and not lets_read(current_app, request.endpoint or ""):
        raise read_only_token()
    g.user = user


def _bearer(token: str, address: str) -> CurrentUser | None:
    """Return the user of an API token, or of the access token of a connected app."""
    if token.startswith(grants.ACCESS_MARK):
        g.is_authorized = partial(grants.is_valid, token, address, request.path)
        return grants.use_access_token(token, address, request.path)
    g.is_authorized = partial(tokens.is_valid, token, address)
    return use_token(token, address)


def _check_operator() -> None:
    expected = current(Settings).metrics_token
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_right = expected is not None and hmac.compare_digest(token.encode(), expected.encode())
    if scheme.lower() != "bearer" or not is_right:
        raise SignInNeeded("This request needs the operator's token.", headers={"WWW-Authenticate": f"Bearer {REALM}"})
