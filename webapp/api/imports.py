from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.schemas.imports import ImportLinesOut, ImportLinesQuery, ImportOut, ImportsOut, UndoOut
from webapp.errors import Invalid, UnsupportedMediaType
from webapp.http.authentication import current_user
from webapp.http.body_limits import takes_files
from webapp.http.request_keys import HEADER, files_key
from webapp.importers.formats import LABELS
from webapp.importers.left_out import phrase
from webapp.services.ingest.report import read_lines
from webapp.services.ingest.runs import (
    confirm_import,
    discard_import,
    get_import,
    list_imports,
    start_import,
    undo_import,
)
from webapp.services.ingest.stopping import stop_import
from webapp.services.ingest.undoing import preview_undo
from webapp.services.ingest.uploads import UploadedFile
from webapp.urls import import_api_path

if TYPE_CHECKING:
    from webapp.services.idempotency import RequestKey
    from webapp.services.ingest.values import Line, Run

IMPORT_FORM = "import"
_FORM = "multipart/form-data"
_FIELDS = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "array", "minItems": 1, "maxItems": 40, "items": {"type": "string", "format": "binary"}},
        "dry_run": {"type": "string", "enum": ["true", "false"], "default": "true"},
        "format": {
            "type": "string",
            "enum": list(LABELS),
            "description": "The name of the format. Without it, it is found.",
        },
    },
}
_FLAGS = {"true": True, "false": False, "1": True, "0": False}


@api.route(
    "POST",
    "/imports",
    form=_FIELDS,
    responses={202: ImportOut},
    problems=(400, 409, 413, 415, 422),
    request_headers=(HEADER,),
)
@takes_files
def create() -> Answer:
    """Upload an export of another program, and read it.

    The answer comes at once; read the import until its state is `ready`, then confirm it. With `dry_run=false` it is
    written without a confirmation.
    """
    if request.mimetype != _FORM:
        raise UnsupportedMediaType(f"Send the files as {_FORM}, in fields with the name “file”.")
    unknown = {*request.form, *request.files} - _FIELDS["properties"].keys()  # type: ignore[attr-defined]
    if unknown:
        name = min(unknown)
        raise Invalid.field(f"#/{name}", "unknown", "This field is unknown. Leave it out.")
    dry_run = _FLAGS.get(request.form.get("dry_run", "true").lower())
    if dry_run is None:
        raise Invalid.field("#/dry_run", "enum", "The field “dry_run” is “true” or “false”.")
    files = [UploadedFile(file.filename or "", file.stream) for file in request.files.getlist("file")]  # type: ignore[arg-type]
    format_name = request.form.get("format") or None
    run = start_import(current_user(), files, confirmed=not dry_run, format_name=format_name, key=_key(files))
    return import_answer(run)


@api.route("GET", "/imports", responses={200: ImportsOut})
def index() -> Answer:
    """List the latest imports."""
    return Answer({"data": [_run_json(run) for run in list_imports(current_user())]})


@api.route("GET", "/imports/<id:import_id>", responses={200: ImportOut}, problems=(404,))
def show(import_id: str) -> Answer:
    """Return an import with its progress and its counts."""
    return Answer(_run_json(get_import(current_user(), import_id)))


@api.route(
    "GET",
    "/imports/<id:import_id>/conversations",
    query=ImportLinesQuery,
    responses={200: ImportLinesOut},
    problems=(400, 404, 422),
)
def conversations(import_id: str, query: ImportLinesQuery) -> Answer:
    """Return a page of an import's report, in the order of the upload."""
    page = read_lines(current_user(), import_id, state=query.state, limit=query.limit, cursor=query.cursor)
    return Answer({"data": [_line_json(line) for line in page.data], "next": page.next})


@api.route("POST", "/imports/<id:import_id>/confirm", responses={202: ImportOut}, problems=(404, 409))
def confirm(import_id: str) -> Answer:
    """Write an import, or continue one that was stopped. A second request changes nothing."""
    return Answer(_run_json(confirm_import(current_user(), import_id)), 202)


@api.route("POST", "/imports/<id:import_id>/stop", responses={200: ImportOut}, problems=(404, 409))
def stop(import_id: str) -> Answer:
    """Stop an import. What it has written stays, and can be undone; a confirmation lets it go on.

    A second request changes nothing.
    """
    return Answer(_run_json(stop_import(current_user(), import_id)))


@api.route("GET", "/imports/<id:import_id>/undo", responses={200: UndoOut}, problems=(404,))
def preview(import_id: str) -> Answer:
    """Return what an undo would remove, and which chats would stay."""
    return Answer(preview_undo(current_user(), import_id)._asdict())


@api.route("POST", "/imports/<id:import_id>/undo", responses={202: ImportOut}, problems=(404, 409))
def undo(import_id: str) -> Answer:
    """Take out what an import brought.

    Chats that were continued here stay. A second request changes nothing.
    """
    return Answer(_run_json(undo_import(current_user(), import_id)), 202)


@api.route("DELETE", "/imports/<id:import_id>", responses={204: None}, problems=(404, 409))
def delete(import_id: str) -> Answer:
    """Discard an import that was not written, with its upload and its report."""
    discard_import(current_user(), import_id)
    return Answer(status=204)


def import_answer(run: Run) -> Answer:
    return Answer(_run_json(run), 202, {"Location": import_api_path(run.id)})


def _key(files: list[UploadedFile]) -> RequestKey | None:
    """Return the idempotency key of an upload, whose fingerprint covers the fields and the bytes of the files."""
    name = request.headers.get(HEADER)
    if name is None:
        return None
    fields = [f"{field}={value}".encode() for field, value in sorted(request.form.items())]
    return files_key(name, IMPORT_FORM, files, request.full_path.encode(), *fields)


def _run_json(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "url": import_api_path(run.id),
        # For programs an undo in progress is writing, too.
        "state": "writing" if run.state == "undoing" else run.state,
        "undoing": run.state == "undoing",
        "stopped": run.is_stopped,
        "source": run.source,
        "formats": run.formats or [],
        "confirmed": run.confirmed,
        "progress": run.progress,
        "counts": run.counts,
        "written": run.written_to,
        "left_out": _left_out_json(run.left_out),
        "problem": run.problem,
        "created_at": run.created_at,
        "ended_at": run.ended_at,
    }


def _line_json(line: Line) -> dict[str, Any]:
    return line._asdict() | {"left_out": _left_out_json(line.left_out)}


def _left_out_json(counts: dict[str, int] | None) -> list[dict[str, Any]]:
    ordered = sorted((counts or {}).items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"kind": kind, "count": count, "text": phrase(kind, count)} for kind, count in ordered]
