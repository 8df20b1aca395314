"""How often a person may write and a password may be tried: limits that only attackers and runaway programs reach."""

from __future__ import annotations

import ipaddress
import math
import time
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flask import after_this_request, g, request
from limits import RateLimitItemPerMinute
from werkzeug.exceptions import HTTPException

from webapp.errors import TooMany
from webapp.http.attempt_counter import AttemptCounter, Count, make_counter
from webapp.http.authentication import SAFE_METHODS, client_info
from webapp.services.accounts.accounts import fold_name
from webapp.state import current, provide

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from webapp.config.settings import Settings


P = ParamSpec("P")
R = TypeVar("R")

_NAMESPACE = "minutebook"
#: Sign-ins that failed, for one account and from one address: 10 and 30 in 15 minutes.
_FAILURES_ON_ACCOUNT = RateLimitItemPerMinute(10, 15, namespace=_NAMESPACE)
_FAILURES_FROM_ADDRESS = RateLimitItemPerMinute(30, 15, namespace=_NAMESPACE)
#: Statuses that count as a failed attempt. 403 answers a wrong code for the first account.
_FAILED = frozenset({401, 403})
_IPV6_NETWORK = 64


def init_limits(app: Flask, settings: Settings) -> None:
    """Limit what a person writes in a minute. Reading is not limited."""
    provide(app, make_counter(settings.limits_url))
    if not settings.writes_a_minute:
        return
    limit = RateLimitItemPerMinute(settings.writes_a_minute, namespace=_NAMESPACE)

    @app.before_request
    def count_write() -> None:
        if request.method not in SAFE_METHODS and request.endpoint and "user" in g:
            _refuse_until(current(AttemptCounter).hit(Count(limit, str(g.user.id), "writes")))


def limit_attempts_from_address(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse a view's attempts after too many failures from one address. All forms that ask for a secret share them."""
    return _limited(view, lambda: Count(_FAILURES_FROM_ADDRESS, _address(), "attempts-from-address"))


def limit_attempts_on_account(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse a view's attempts after too many failures for one account, wherever they come from."""
    return _limited(view, lambda: Count(_FAILURES_ON_ACCOUNT, _account(), "attempts-on-account"))


def limit_calls_from_address(calls: int, minutes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse a view's calls beyond so many from one address in so many minutes. For views that are open to anybody."""
    limit = RateLimitItemPerMinute(calls, minutes, namespace=_NAMESPACE)

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        scope = f"calls-of-{view.__module__}.{view.__name__}"

        @wraps(view)
        def limited(*args: P.args, **kwargs: P.kwargs) -> R:
            _refuse_until(current(AttemptCounter).hit(Count(limit, _address(), scope)))
            return view(*args, **kwargs)

        return limited

    return declare


def _address() -> str:
    """Return the address that attempts are counted for. An IPv6 address counts as its /64 network: one line owns it."""
    client = client_info().address
    try:
        number = ipaddress.ip_address(client)
    except ValueError:
        return client or "unknown"
    if number.version == 6:
        return str(ipaddress.ip_network((number, _IPV6_NETWORK), strict=False))
    return str(number)


def _limited(view: Callable[P, R], what: Callable[[], Count]) -> Callable[P, R]:
    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        count = what()
        _refuse_until(current(AttemptCounter).test(count))

        @after_this_request
        def count_failure(response: Response) -> Response:
            if response.status_code in _FAILED:
                current(AttemptCounter).hit(count)
            return response

        return view(*args, **kwargs)

    return limited


def _account() -> str:
    if "user" in g:
        return fold_name(g.user.name)
    try:
        name = request.form.get("name", "")
    except HTTPException:
        # The view cannot read the form either, and answers with the reason.
        name = ""
    return fold_name(name)[:100] or "?"


def _refuse_until(allowed_at: float | None) -> None:
    """Raise TooMany if there is a time to wait for."""
    if allowed_at is None:
        return
    seconds = max(1, math.ceil(int(allowed_at + 1) - time.time()))
    wait = f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
    raise TooMany(
        f"You sent too many requests. Please wait {wait}, then try again.", headers={"Retry-After": str(seconds)}
    )
