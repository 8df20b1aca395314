"""Attempts that were refused, in the log at its default level: what kind, on which route, from which address.

Never the name, password, token, id, host or words of an attempt. Of each kind a minute has a few lines and one with the
number of the rest, so that nobody can fill a disk.
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
    """Watch what is refused."""
    provide(app, Quota())
    app.after_request(_look_at_answer)
    password_refused.connect(_note_password, sender=app)


def note_refusal(error: AppError) -> None:
    """Log a refusal, if it is of a kind that attacks meet."""
    kind = error.attempt
    if isinstance(error, SignInNeeded):
        # A page that was left open over night is no attack.
        is_program = request.endpoint is not None and audience_of(current_app, request.endpoint) in {
            Audience.TOKEN,
            Audience.OPERATOR,
        }
        kind = "invalid-token" if is_program else None
    if kind is not None:
        _note(kind, _user_id())


def _look_at_answer(response: Response) -> Response:
    """Log a thing that was not found, however a view says so, and what had no line in the minute before."""
    rule = request_context.route()
    if response.status_code == 404 and ("<id:" in rule or "<secret>" in rule):
        _note("not-found", _user_id())
    for kind, count in _quota().left_out().items():
        facts = {"event": kind, "count": count}
        log.warning("%s %s more times within %.0f s", _SENTENCES[kind], count, SECONDS, extra={"facts": facts})
    return response


def _user_id() -> str | None:
    return g.user.id if "user" in g else None


def _note_password(_app: Flask, *, user_id: str | None) -> None:
    # Services may be used without a request.
    if has_request_context():
        _note("wrong-password", user_id)


def _note(kind: str, user_id: str | None) -> None:
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
    """Return the client's address. A proxy may hand on any text, which does not come into the log."""
    try:
        return str(ipaddress.ip_address(client_info().address))
    except ValueError:
        return "unknown"


def _quota() -> Quota:
    return current(Quota)
