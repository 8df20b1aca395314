"""A limit on the number of fields: a megabyte of tiny fields takes a second to parse, and pages send at most 20.

Separators are counted before anything parses the fields. The server limits the number of header lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from webapp.errors import BadRequest
from webapp.http.body_limits import takes_files_now

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config.settings import Settings

#: Fields of a form, parameters of a query, or cookies.
MOST_FIELDS = 1_000
_FORM = "application/x-www-form-urlencoded"
_FORM_OF_PARTS = "multipart/form-data"


def init_field_limits(app: Flask, _settings: Settings) -> None:
    app.before_request(_bound_fields)


def _bound_fields() -> None:
    if request.query_string.count(b"&") >= MOST_FIELDS:
        raise BadRequest(f"This address has more than {MOST_FIELDS:,} parameters. Send fewer parameters.")
    if request.headers.get("Cookie", "").count(";") >= MOST_FIELDS:
        raise BadRequest(f"Your browser sends more than {MOST_FIELDS:,} cookies. Delete the cookies of this site.")
    if (request.content_length or 0) > (request.max_content_length or 0):
        # The body is too large. The reader refuses it after authentication.
        return
    if request.mimetype == _FORM_OF_PARTS and not takes_files_now():
        # Werkzeug raises for too many parts only at the first access. Later accesses see an empty form.
        _ = request.form
    if request.mimetype == _FORM and request.get_data(cache=True).count(b"&") >= MOST_FIELDS:
        raise BadRequest(f"This form has more than {MOST_FIELDS:,} fields. Go back and use the form of the page.")
