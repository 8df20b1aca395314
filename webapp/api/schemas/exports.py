from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import NO_NUL, Query
from webapp.services.exports.sessions import MOST

_ID_LENGTH = 37


class ExportQuery(Query):
    """The form of a file."""

    format: Annotated[
        Literal["json", "markdown", "html", "zip"],
        Field(description="The form of the file. A zip has the JSON with its files, and can be imported whole."),
    ] = "json"


class ExportsQuery(ExportQuery):
    """Which sessions, and the form of their files."""

    sessions: Annotated[
        str,
        Field(
            pattern=NO_NUL,
            min_length=1,
            max_length=MOST * _ID_LENGTH,
            description="Ids of sessions, separated by commas.",
        ),
    ]
