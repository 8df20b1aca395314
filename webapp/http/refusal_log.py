"""A log of refused attempts at the default level: their kind, route and address.

It never contains the name, password, token, id, host or text of an attempt. Each kind gets a few lines per minute and
one line with the number of the rest, so that an attacker cannot fill the disk.
"""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING

from flask import current_app, g, has_request_context, request

from webapp.errors import SignInNeeded
from webapp.http.audience import Audience
from webapp.http.authentication import client_info
from webapp.http.doors import audience_of
from webapp.observability import request_context
from webapp.observability.line_quota import SECONDS, Quota
from webapp.services.accounts.signals import password_refused
from webapp.state import current, provide

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.config.settings import Settings
    from webapp.errors import AppError

log = logging.getLogger(__name__)

_SENTENCES = {
    "wrong-password": "A wrong password was refused",
    "invalid-token": "A request without a valid token was refused",
    "other-site": "A request from another site's page was refused",
    "unknown-host": "A request for an unknown host name was refused",
    "not-allowed": "A request for what its sender may not do was refused",
    "not-found": "A request for a thing that its sender does not have was refused",
    "too-many": "A request beyond a limit was refused",
}


def init_security_log(app: Flask, _settings: Settings) -> None:
    provide(app, Quota())
    app.after_request(_log_response)
    password_refused.connect(_log_wrong_password, sender=app)


def log_refusal(error: AppError) -> None:
    """Log an error if its kind is typical of attacks."""
    kind = error.attempt
    if isinstance(error, SignInNeeded):
        # A page left open overnight is not an attack.
        is_program = request.endpoint is not None and audience_of(current_app, request.endpoint) in {
            Audience.TOKEN,
            Audience.OPERATOR,
        }
        kind = "invalid-token" if is_program else None
    if kind is not None:
        _write(kind, _user_id())


def _log_response(response: Response) -> Response:
    """Log a 404 that a view returned, and the events that were not logged in the last window."""
    rule = request_context.route()
    if response.status_code == 404 and ("<id:" in rule or "<secret>" in rule):
        _write("not-found", _user_id())
    for kind, count in _quota().take_omitted().items():
        facts = {"event": kind, "count": count}
        log.warning("%s %s more times within %.0f s", _SENTENCES[kind], count, SECONDS, extra={"facts": facts})
    return response


def _user_id() -> str | None:
    return g.user.id if "user" in g else None


def _log_wrong_password(_app: Flask, *, user_id: str | None) -> None:
    # Services may run outside a request.
    if has_request_context():
        _write("wrong-password", user_id)


def _write(kind: str, user_id: str | None) -> None:
    if not _quota().take(kind):
        return
    facts = {
        "event": kind,
        "method": request_context.method(),
        "route": request_context.route(),
        "address": _address(),
        "user": user_id,
    }
    log.warning("%s: %s %s, from %s, user %s", _SENTENCES[kind], *list(facts.values())[1:], extra={"facts": facts})


def _address() -> str:
    """Return the client's address. A proxy may forward any text; only a valid address is logged."""
    try:
        return str(ipaddress.ip_address(client_info().address))
    except ValueError:
        return "unknown"


def _quota() -> Quota:
    return current(Quota)
