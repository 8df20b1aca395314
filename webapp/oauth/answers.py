"""Answers of the protocol as responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from pydantic_core import to_json

from webapp.errors import UnsupportedMediaType
from webapp.http.json_body import JSON
from webapp.services.oauth.values import Parameters

if TYPE_CHECKING:
    from webapp.services.oauth.values import Reply

FORM = "application/x-www-form-urlencoded"


def form_parameters() -> Parameters:
    """Return the parameters of a form. Raises UnsupportedMediaType. The query never counts: it would be logged."""
    if request.mimetype != FORM:
        raise UnsupportedMediaType(f"Send the parameters as {FORM}.", headers={"Accept": FORM})
    return Parameters(request.form.items(multi=True))


def present(reply: Reply) -> Response:
    response = Response(to_json(reply.body), reply.status, content_type=JSON)
    response.headers["Pragma"] = "no-cache"
    return response
