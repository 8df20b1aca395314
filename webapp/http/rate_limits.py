"""How often somebody may try or write: bounds that nobody meets who does not attack."""

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


#: Sign-ins that failed, for one account and from one address.
_FAILURES_OF_ACCOUNT = "10 per 15 minutes"
_FAILURES_FROM_ADDRESS = "30 per 15 minutes"
_IPV6_NETWORK = 64
#: A Redis that is silent is given up after so many seconds: nobody waits for it.
_PATIENCE = 1.0


def address() -> str:
    """Return the address that attempts are counted for: of IPv6 the network, of which one line has all."""
    given = client_info().address
    try:
        number = ipaddress.ip_address(given)
    except ValueError:
        return given or "unknown"
    if number.version == 6:
        return str(ipaddress.ip_network((number, _IPV6_NETWORK), strict=False))
    return str(number)


def _account() -> str:
    if "user" in g:
        return fold_name(g.user.name)
    try:
        name = request.form.get("name", "")
    except HTTPException:
        # The view cannot read the form either, and says so. What is raised here is taken for a failure of the storage.
        name = ""
    return fold_name(name)[:100] or "?"


def _refuse(_error: RateLimitExceeded) -> ResponseReturnValue:
    """Tell when to try again. It is no `on_breach`: raised there, it is taken for a failure of the storage."""
    reached = limiter.current_limit
    seconds = max(1, math.ceil(reached.reset_at - time.time())) if reached else 60
    wait = f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
    told = TooMany(f"That was too often. Please wait {wait}, and try again.", headers={"Retry-After": str(seconds)})
    return current_app.handle_user_exception(told)


def _has_failed(response: Response) -> bool:
    # 403 is how a wrong code for the first account is answered.
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

# Shared by all forms that a password is guessed at: another form is no further chance.
limit_attempts_from_address = limiter.shared_limit(
    _FAILURES_FROM_ADDRESS, "attempts-from-address", key_func=address, deduct_when=_has_failed, methods=["POST"]
)
limit_attempts_on_account = limiter.shared_limit(
    _FAILURES_OF_ACCOUNT, "attempts-on-account", key_func=_account, deduct_when=_has_failed, methods=["POST"]
)


def init_limits(app: Flask, settings: Settings) -> None:
    """Count, in memory or where the settings say, and in memory for as long as that cannot be reached."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.limits_url
    app.config["RATELIMIT_KEY_PREFIX"] = "minutebook"
    if not settings.limits_url.startswith("memory"):
        app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_connect_timeout": _PATIENCE, "socket_timeout": _PATIENCE}
        # What failed is counted when it is answered: an attempt that cannot be is no failure of the page's.
        app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _refuse)
    # Nothing that only reads is limited: it need not pay for being asked.
    check = app.before_request_funcs[None].pop()

    def check_writes() -> None:
        if request.method not in SAFE_METHODS:
            check()

    app.before_request(check_writes)


def _settings() -> Settings:
    return current(Settings)
