"""Server-sent events with JSON data of a declared schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import has_app_context
from pydantic_core import to_json

from webapp.config.settings import Settings
from webapp.http.events import write_event
from webapp.state import current

if TYPE_CHECKING:
    from pydantic import BaseModel


def event(name: str, data: Any, *, id: str | None = None, model: type[BaseModel] | None = None) -> bytes:  # noqa: A002 - the field's name
    """Return the bytes of an event.

    In development and tests, the data is validated against `model` if there is an app context.
    """
    body = to_json(data)
    if model is not None and has_app_context() and current(Settings).check_responses:
        model.model_validate_json(body)
    return write_event(body.decode(), event=name, id=id).encode()
