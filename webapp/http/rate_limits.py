"""Rate limits for attempts and writes. They are far above ordinary use."""

from __future__ import annotations

import ipaddress
import math
import time
from typing import TYPE_CHECKING

from flask import current_app, g, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded
from werkzeug.exceptions import HTTPException

from webapp.config.settings import Settings
from webapp.errors import TooMany
from webapp.http.authentication import SAFE_METHODS, client_info
from webapp.services.accounts.accounts import fold_name
from webapp.state import current

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask.typing import ResponseReturnValue


#: Failed sign-ins per account and address.
_FAILURES_OF_ACCOUNT = "10 per 15 minutes"
_FAILURES_FROM_ADDRESS = "30 per 15 minutes"
_IPV6_NETWORK = 64
#: Seconds until a silent Redis is given up, so that nobody waits for it.
_TIMEOUT_SECONDS = 1.0


def address() -> str:
    """Return the address that attempts are counted for. For IPv6 it is the network, which one customer owns whole."""
    client = client_info().address
    try:
        number = ipaddress.ip_address(client)
    except ValueError:
        return client or "unknown"
    if number.version == 6:
        return str(ipaddress.ip_network((number, _IPV6_NETWORK), strict=False))
    return str(number)


def _account() -> str:
    if "user" in g:
        return fold_name(g.user.name)
    try:
        name = request.form.get("name", "")
    except HTTPException:
        # The view fails to read the form, too, and reports it. An exception here would count as a storage failure.
        name = ""
    return fold_name(name)[:100] or "?"


def _refuse(_error: RateLimitExceeded) -> ResponseReturnValue:
    """Return the refusal with a Retry-After header. Raised in `on_breach` it would count as a storage failure."""
    reached = limiter.current_limit
    seconds = max(1, math.ceil(reached.reset_at - time.time())) if reached else 60
    wait = f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
    error = TooMany(f"That was too often. Please wait {wait}, and try again.", headers={"Retry-After": str(seconds)})
    return current_app.handle_user_exception(error)


def _has_failed(response: Response) -> bool:
    # A wrong setup code is answered with 403.
    return response.status_code in {401, 403}


def _writes_nothing() -> bool:
    return request.method in SAFE_METHODS or "user" not in g or not _settings().writes_a_minute


limiter = Limiter(
    key_func=address,
    strategy="sliding-window-counter",
    application_limits=[
        ApplicationLimit(
            limit_provider=lambda: f"{_settings().writes_a_minute} per minute",
            key_function=lambda: str(g.user.id),
            exempt_when=_writes_nothing,
        )
    ],
    application_limits_exempt_when=_writes_nothing,
)

# All forms that check a password share this limit, so that a second form gives no further attempts.
limit_attempts_from_address = limiter.shared_limit(
    _FAILURES_FROM_ADDRESS, "attempts-from-address", key_func=address, deduct_when=_has_failed, methods=["POST"]
)
limit_attempts_on_account = limiter.shared_limit(
    _FAILURES_OF_ACCOUNT, "attempts-on-account", key_func=_account, deduct_when=_has_failed, methods=["POST"]
)


def init_limits(app: Flask, settings: Settings) -> None:
    """Register the limits. They are counted in the storage of the settings, or in memory while it is unreachable."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.limits_url
    app.config["RATELIMIT_KEY_PREFIX"] = "minutebook"
    if not settings.limits_url.startswith("memory"):
        app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {
            "socket_connect_timeout": _TIMEOUT_SECONDS,
            "socket_timeout": _TIMEOUT_SECONDS,
        }
        # Failures are counted after the response. An attempt that cannot be counted must not fail the page.
        app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _refuse)
    # Requests that only read are not limited, so they skip the check.
    check = app.before_request_funcs[None].pop()

    def check_writes() -> None:
        if request.method not in SAFE_METHODS:
            check()

    app.before_request(check_writes)


def _settings() -> Settings:
    return current(Settings)
