"""The declaration that all operations share which ask an assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.links import session_links
from webapp.api.schemas.chat import ChatOut
from webapp.api.schemas.live import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from webapp.api.kit.route import Handler, View

_DONE = {200: ChatOut, 201: ChatOut}


def asks(
    rule: str,
    *,
    body: type[BaseModel],
    body_is_optional: bool = False,
    responses: Mapping[int, type[BaseModel] | None] = _DONE,
) -> Callable[[View], Handler]:
    """Register a view for a POST that asks an assistant."""
    return api.route(
        "POST",
        rule,
        body=body,
        body_is_optional=body_is_optional,
        responses=responses,
        problems=(400, 404, 409, 413, 415, 422, 502),
        request_headers=("Idempotency-Key",),
        events=EVENTS,
        links=session_links("$response.body#/session_id"),
    )
