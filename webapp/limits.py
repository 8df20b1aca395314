"""How often somebody may try or write: bounds that nobody meets who does not attack."""

from __future__ import annotations

import ipaddress
import math
import time
from typing import TYPE_CHECKING, cast

from flask import Response, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter

from webapp.access import SAFE_METHODS, whence
from webapp.errors import TooMany
from webapp.services.accounts.accounts import fold_name

if TYPE_CHECKING:
    from flask import Flask
    from flask_limiter import RequestLimit

    from webapp.config import Settings

#: Sign-ins that failed, for one account and from one address.
_FAILURES_OF_ACCOUNT = "10 per 15 minutes"
_FAILURES_FROM_ADDRESS = "30 per 15 minutes"
_IPV6_NETWORK = 64


def address() -> str:
    """Return the address that attempts are counted for: of IPv6 the network, of which one line has all."""
    given = whence().address
    try:
        number = ipaddress.ip_address(given)
    except ValueError:
        return given or "unknown"
    if number.version == 6:
        return str(ipaddress.ip_network((number, _IPV6_NETWORK), strict=False))
    return str(number)


def _account() -> str:
    return fold_name(request.form.get("name", ""))[:100] or "nobody"


def _refuse(limit: RequestLimit) -> Response | None:
    seconds = max(1, math.ceil(limit.reset_at - time.time()))
    wait = f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
    raise TooMany(f"That was too often. Please wait {wait}, and try again.", headers={"Retry-After": str(seconds)})


def _has_failed(response: Response) -> bool:
    return response.status_code == 401


def _writes_nothing() -> bool:
    return request.method in SAFE_METHODS or "user" not in g or not _settings().writes_a_minute


limiter = Limiter(
    key_func=address,
    strategy="sliding-window-counter",
    on_breach=_refuse,
    application_limits=[
        ApplicationLimit(
            limit_provider=lambda: f"{_settings().writes_a_minute} per minute",
            key_function=lambda: str(g.user.id),
            exempt_when=_writes_nothing,
        )
    ],
    application_limits_exempt_when=_writes_nothing,
)

limit_attempts_from_address = limiter.limit(
    _FAILURES_FROM_ADDRESS, key_func=address, deduct_when=_has_failed, methods=["POST"]
)
limit_attempts_on_account = limiter.limit(
    _FAILURES_OF_ACCOUNT, key_func=_account, deduct_when=_has_failed, methods=["POST"]
)


def init_limits(app: Flask, settings: Settings) -> None:
    """Count, in memory or where the settings say, and in memory for as long as that cannot be reached."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.limits_url
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = not settings.limits_url.startswith("memory")
    app.config["RATELIMIT_KEY_PREFIX"] = "minutebook"
    limiter.init_app(app)


def _settings() -> Settings:
    return cast("Settings", current_app.extensions["settings"])
