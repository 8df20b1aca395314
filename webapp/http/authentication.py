"""Who is asking, by a browser's sign-in or a program's token, and what each address is open to.

What does not say to whom it is open is closed: a page needs a sign-in, `/api` and `/v1` need a token. A cookie opens
neither of these two, so a page from elsewhere has nothing to send there; a token opens no page.
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
from webapp.http.url_prefix import prefixed
from webapp.services.accounts import sign_ins, tokens
from webapp.services.accounts.sign_ins import ClientInfo, SignedIn, find_sign_in
from webapp.services.accounts.tokens import use_token
from webapp.urls import CONFIRMATION, FOR_PROGRAMS, SIGN_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flask import Flask, Response

    from webapp.config.settings import Settings
    from webapp.services.users import CurrentUser

ViewT = TypeVar("ViewT", bound="Callable[..., Any]")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_ADDRESS = 45
#: Seconds that a stream goes on after a sign-out, at most.
_CHECK_EVERY = 5.0
_REALM = 'realm="Minutebook"'


class Audience(Enum):
    """To whom an address is open."""

    ANYBODY = "anybody"
    SIGNED_IN = "who is signed in"
    ADMINISTRATOR = "an administrator who is signed in"
    TOKEN = "a token"  # noqa: S105 - a word
    OPERATOR = "who has the operator's token"


def allow(who: Audience) -> Callable[[ViewT], ViewT]:
    """Say to whom a view is open, where that is not what its address says already."""

    def declare(view: ViewT) -> ViewT:
        view.allow = who  # type: ignore[attr-defined]
        return view

    return declare


def public(view: ViewT) -> ViewT:
    """Say that a view is open to anybody and its answers are the same for all, so that caches may keep them."""
    view.is_public = True  # type: ignore[attr-defined]
    return allow(Audience.ANYBODY)(view)


def needs_fresh_password(view: ViewT) -> ViewT:
    """Say that a page can harm an account: who gave the password longer ago than some minutes is asked for it first."""
    view.needs_fresh_password = True  # type: ignore[attr-defined]
    return view


def wants_fresh_password(app: Flask, endpoint: str) -> bool:
    """Say whether an endpoint is one of those."""
    return getattr(app.view_functions[endpoint], "needs_fresh_password", False)


def init_access(app: Flask, _settings: Settings) -> None:
    """Let nobody in before it is known who asks."""
    public(app.view_functions["static"])
    app.before_request(_identify)


def audience_of(app: Flask, endpoint: str) -> Audience:
    """Return to whom an endpoint is open."""
    declared = getattr(app.view_functions[endpoint], "allow", None)
    if declared is not None:
        return cast("Audience", declared)
    rule = next(app.url_map.iter_rules(endpoint)).rule
    return Audience.TOKEN if is_for_programs(rule) else Audience.SIGNED_IN


def is_for_programs(path: str) -> bool:
    """Say whether an address is one of the doors for programs."""
    return path.startswith(FOR_PROGRAMS)


def current_user() -> CurrentUser:
    """Return who asks. Raises SignInNeeded where that is not known."""
    user: CurrentUser | None = g.get("user")
    if user is None:
        raise SignInNeeded("Please sign in.")
    return user


def current_sign_in() -> SignedIn | None:
    """Return the sign-in of the browser that asks, None if it has none that is in force."""
    if "sign_in" not in g:
        secret = request.cookies.get(cookie_name(), "")
        address = client_info().address
        g.sign_in = find_sign_in(secret, address) if secret else None
        g.is_authorized = partial(sign_ins.is_valid, secret, address)
    return cast("SignedIn | None", g.sign_in)


def while_authorized(events: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the events of a stream for as long as whoever listens may: not after a sign-out, or without the token."""
    checked_at = time.monotonic()
    for event in events:
        if time.monotonic() - checked_at > _CHECK_EVERY:
            if not _is_still_authorized():
                return
            checked_at = time.monotonic()
        yield event


def _is_still_authorized() -> bool:
    """Ask whether the sign-in or the token holds still. A database that is away signs nobody out."""
    try:
        return bool(g.is_authorized())
    except OUTAGE_ERRORS:
        return True


def client_info() -> ClientInfo:
    """Return from where the request comes."""
    # A proxy hands on what it likes; no address is longer than this (RFC 4291, with an IPv4 address at its end).
    address = (request.remote_addr or "").replace("\0", "")[:_LONGEST_ADDRESS]
    return ClientInfo(address, " ".join(request.headers.get("User-Agent", "").replace("\0", "").split()))


def cookie_name() -> str:
    """Return the cookie's name. Behind TLS it is one that only this very host can set (RFC 6265bis, section 4.1.3).

    Below a path it goes to this path alone, and such a name is for whole hosts: only TLS is asked for then.
    """
    if not request.is_secure:
        return "minutebook"
    return "__Secure-minutebook" if request.script_root else "__Host-minutebook"


def cookie_path() -> str:
    """Return the path that cookies go to: what else is on this host does not get them."""
    return request.script_root or "/"


def set_sign_in_cookie(response: Response, secret: str, *, remember: bool) -> Response:
    """Give the browser the secret of its sign-in."""
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
    """Take the secret away again, and what the browser keeps of the pages."""
    response.delete_cookie(cookie_name(), path=cookie_path(), httponly=True, samesite="Lax", secure=request.is_secure)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _identify() -> None:
    if request.endpoint is None:
        return
    who = audience_of(current_app, request.endpoint)
    if who is Audience.TOKEN:
        _identify_by_token()
    elif who is Audience.OPERATOR:
        _check_operator()
    elif who is not Audience.ANYBODY:
        _identify_by_sign_in(who)


def _identify_by_sign_in(who: Audience) -> None:
    signed_in = current_sign_in()
    if signed_in is None:
        challenge = f'Cookie {_REALM} form-action="{prefixed(SIGN_IN)}"'
        raise SignInNeeded("Please sign in.", headers={"WWW-Authenticate": challenge})
    g.user = signed_in.user
    if who is Audience.ADMINISTRATOR and not signed_in.user.is_admin:
        raise Forbidden("Only an administrator may do this.")
    if wants_fresh_password(current_app, request.endpoint or "") and not signed_in.is_fresh:
        raise PasswordNeeded("Please give your password again.", headers={"WWW-Authenticate": _step_up()})


def _step_up() -> str:
    """Return the challenge for a fresh password."""
    fresh = int(sign_ins.FRESH.total_seconds())
    form = prefixed(CONFIRMATION)
    return f'Cookie {_REALM}, form-action="{form}", error="insufficient_user_authentication", max_age={fresh}'


def _identify_by_token() -> None:
    """Find whom the bearer token acts for (RFC 6750)."""
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
    """Let in who sends the token that the operator set for metrics."""
    wanted = current_app.extensions["settings"].metrics_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    is_right = wanted is not None and hmac.compare_digest(given.encode(), wanted.encode())
    if scheme.lower() != "bearer" or not is_right:
        raise SignInNeeded("This needs the operator's token.", headers={"WWW-Authenticate": f"Bearer {_REALM}"})
