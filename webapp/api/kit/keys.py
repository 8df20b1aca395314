"""Idempotency keys of the JSON API, and the answers stored under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from webapp.http.request_keys import REPLAYED, header_key
from webapp.services.idempotency import StoredAnswer, add_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.api.kit.answer import Answer
    from webapp.services.idempotency import RequestKey


def request_key(form: str) -> RequestKey | None:
    """Return the idempotency key of the request, None if it has none. `form` names the form of the stored answer."""
    return header_key(form, request.method.encode(), request.full_path.encode())


def store_answers(app: Flask, form: str, present: Callable[[Any], Answer]) -> None:
    """Register a form of stored answers. `present` turns the result of a service into the answer."""

    def stored(result: Any) -> StoredAnswer:
        answer = present(result)
        return StoredAnswer(answer.status, answer.headers.get("Location"), answer.body)

    add_form(app, form, stored)


def replay(stored: StoredAnswer) -> Response:
    """Return the response that the first request with this key got."""
    response = Response(stored.body, stored.status, content_type="application/json", headers=REPLAYED)
    if stored.location:
        response.headers["Location"] = stored.location
    return response
