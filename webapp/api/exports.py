from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.api import api
from webapp.api.schemas.exports import ExportQuery, ExportsQuery
from webapp.http.authentication import current_user
from webapp.http.downloads import download
from webapp.services.exports.everything import export_everything
from webapp.services.exports.sessions import export_session, export_sessions

if TYPE_CHECKING:
    from flask import Response


@api.route(
    "GET",
    "/sessions/<id:session_id>/export",
    query=ExportQuery,
    responses={200: None},
    files=("application/json", "text/markdown", "text/html", "application/zip"),
    problems=(404, 422),
)
def session(session_id: str, query: ExportQuery) -> Response:
    """Download a session as a file.

    JSON has all facts, and a zip has the bytes of its files beside it. Markdown with files is a zip archive. HTML is
    one page with its style and files in it.
    """
    return download(*export_session(current_user(), session_id, query.format))


@api.route(
    "GET",
    "/sessions/export",
    query=ExportsQuery,
    responses={200: None},
    files=("application/zip",),
    problems=(404, 422),
)
def sessions(query: ExportsQuery) -> Response:
    """Download several sessions as a zip archive.

    Sessions that do not exist are left out.
    """
    return download(*export_sessions(current_user(), query.sessions.split(","), query.format))


@api.route("GET", "/export", responses={200: None}, files=("application/zip",), problems=(422,))
def everything() -> Response:
    """Download all data of the account as a zip archive.

    `data/*.ndjson` has all facts, `files/` the bytes of files by their SHA-256, `chats/` each session as Markdown.
    `manifest.json` comes last and has the counts and digests of the others. The audit log gets an event.
    """
    return download(*export_everything(current_user()))
