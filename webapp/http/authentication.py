"""Authentication, by a browser's sign-in or a program's token, and the audience of each endpoint.

Endpoints are closed by default: pages need a sign-in, `/api` and `/v1` need a token. A cookie does not open `/api` or
`/v1`, so a page from another site cannot use it there, and a token opens no page.
"""

from __future__ import annotations

import hmac
import time
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, g, request

from webapp.database.failures import OUTAGE_ERRORS
from webapp.errors import Forbidden, PasswordNeeded, ReadOnly, SignInNeeded
from webapp.services.accounts import sign_ins, tokens
from webapp.services.accounts.sign_ins import ClientInfo, SignedIn, find_sign_in
from webapp.services.accounts.tokens import use_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flask import Flask, Response

    from webapp.config.settings import Settings
    from webapp.services.users import CurrentUser

ViewT = TypeVar("ViewT", bound="Callable[..., Any]")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_ADDRESS = 45
#: Seconds that a stream may continue after a sign-out.
_CHECK_EVERY = 5.0
_REALM = 'realm="Minutebook"'
_STEP_UP = (
    f'Cookie {_REALM}, form-action="/account/confirmation", error="insufficient_user_authentication", '
    f"max_age={int(sign_ins.FRESH.total_seconds())}"
)


class Audience(Enum):
    """Who may use an endpoint."""

    ANYBODY = "anybody"
    SIGNED_IN = "who is signed in"
    ADMINISTRATOR = "an administrator who is signed in"
    TOKEN = "a token"  # noqa: S105 - a description
    OPERATOR = "who has the operator's token"


def allow(audience: Audience) -> Callable[[ViewT], ViewT]:
    """Declare a view's audience where it differs from the default of its address."""

    def declare(view: ViewT) -> ViewT:
        view.allow = audience  # type: ignore[attr-defined]
        return view

    return declare


def public(view: ViewT) -> ViewT:
    """Declare that a view is open to anybody and its responses are the same for all, so that caches may store them."""
    view.is_public = True  # type: ignore[attr-defined]
    return allow(Audience.ANYBODY)(view)


def needs_fresh_password(view: ViewT) -> ViewT:
    """Declare that a view is sensitive: the user must have entered the password in the last few minutes."""
    view.needs_fresh_password = True  # type: ignore[attr-defined]
    return view


def requires_fresh_password(app: Flask, endpoint: str) -> bool:
    """Return whether an endpoint is declared with `needs_fresh_password`."""
    return getattr(app.view_functions[endpoint], "needs_fresh_password", False)


def init_authentication(app: Flask, _settings: Settings) -> None:
    public(app.view_functions["static"])
    app.before_request(_identify)


def audience_of(app: Flask, endpoint: str) -> Audience:
    declared = getattr(app.view_functions[endpoint], "allow", None)
    if declared is not None:
        return cast("Audience", declared)
    rule = next(app.url_map.iter_rules(endpoint)).rule
    return Audience.TOKEN if is_for_programs(rule) else Audience.SIGNED_IN


def is_for_programs(path: str) -> bool:
    return path.startswith(("/api/", "/v1/"))


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


def while_authorized(events: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a stream's events until the sign-in or token that opened it is no longer valid."""
    checked_at = time.monotonic()
    for event in events:
        if time.monotonic() - checked_at > _CHECK_EVERY:
            if not _is_still_authorized():
                return
            checked_at = time.monotonic()
        yield event


def _is_still_authorized() -> bool:
    """Return whether the credential is still valid. A database outage ends no stream."""
    try:
        return bool(g.is_authorized())
    except OUTAGE_ERRORS:
        return True


def client_info() -> ClientInfo:
    # A proxy may forward any text. No address is longer than this (RFC 4291, with an IPv4 address at its end).
    address = (request.remote_addr or "").replace("\0", "")[:_MAX_ADDRESS]
    return ClientInfo(address, " ".join(request.headers.get("User-Agent", "").replace("\0", "").split()))


def cookie_name() -> str:
    """Return the cookie's name. With TLS it has the prefix `__Host-` (RFC 6265bis, section 4.1.3)."""
    return "__Host-minutebook" if request.is_secure else "minutebook"


def set_sign_in_cookie(response: Response, secret: str, *, remember: bool) -> Response:
    response.set_cookie(
        cookie_name(),
        secret,
        max_age=sign_ins.REMEMBERED if remember else None,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def clear_sign_in_cookie(response: Response) -> Response:
    """Delete the cookie and the browser's cached pages."""
    response.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=request.is_secure)
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
        raise SignInNeeded("Please sign in.", headers={"WWW-Authenticate": f'Cookie {_REALM} form-action="/sign-in"'})
    g.user = signed_in.user
    if audience is Audience.ADMINISTRATOR and not signed_in.user.is_admin:
        raise Forbidden("Only an administrator may do this.")
    if requires_fresh_password(current_app, request.endpoint or "") and not signed_in.is_fresh:
        raise PasswordNeeded("Please give your password again.", headers={"WWW-Authenticate": _STEP_UP})


def _identify_by_token() -> None:
    """Authenticate the bearer token (RFC 6750)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SignInNeeded(
            "This needs a token: send “Authorization: Bearer mb_…”. Make one on your account's page, or with "
            "“minutebook tokens create NAME --user YOU”.",
            headers={"WWW-Authenticate": f"Bearer {_REALM}"},
        )
    address = client_info().address
    used = use_token(token.strip(), address)
    g.is_authorized = partial(tokens.is_valid, token.strip(), address)
    if used is None:
        raise SignInNeeded(
            "This token opens nothing: it is unknown, was revoked, or has run out. Make a new one on your account's "
            "page.",
            headers={"WWW-Authenticate": f'Bearer {_REALM}, error="invalid_token"'},
        )
    if used.read_only and request.method not in SAFE_METHODS:
        raise ReadOnly(
            "This token may only read. Make one that may write.",
            headers={"WWW-Authenticate": f'Bearer {_REALM}, error="insufficient_scope"'},
        )
    g.user = used.user


def _check_operator() -> None:
    expected = current_app.extensions["settings"].metrics_token
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_right = expected is not None and hmac.compare_digest(token.encode(), expected.encode())
    if scheme.lower() != "bearer" or not is_right:
        raise SignInNeeded("This needs the operator's token.", headers={"WWW-Authenticate": f"Bearer {_REALM}"})
