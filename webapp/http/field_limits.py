"""The number of fields in a request: a megabyte of tiny ones takes a second to read, and no page sends more than 20.

What separates fields is counted before anything reads them. A server bounds the number of header lines itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from webapp.errors import BadRequest

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config.settings import Settings

#: Fields of a form, parameters of an address, cookies.
MOST_FIELDS = 1_000
_FORM = "application/x-www-form-urlencoded"
_FORM_OF_PARTS = "multipart/form-data"


def init_field_limits(app: Flask, _settings: Settings) -> None:
    """Refuse what has too many fields."""
    app.before_request(_bound_fields)


def _bound_fields() -> None:
    if request.query_string.count(b"&") >= MOST_FIELDS:
        raise BadRequest(f"This address has more than {MOST_FIELDS:,} parameters. Leave out what you do not need.")
    if request.headers.get("Cookie", "").count(";") >= MOST_FIELDS:
        raise BadRequest(f"Your browser sends more than {MOST_FIELDS:,} cookies. Delete those of this site.")
    if (request.content_length or 0) > (request.max_content_length or 0):
        # Whoever reads it finds it too large; who asks is known before that.
        return
    if request.mimetype == _FORM_OF_PARTS:
        # Werkzeug refuses too many parts to the first who reads them, and the next one finds an empty form.
        _ = request.form
    if request.mimetype == _FORM and request.get_data(cache=True).count(b"&") >= MOST_FIELDS:
        raise BadRequest(f"This form has more than {MOST_FIELDS:,} fields. Go back and use the form of the page.")
