from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, url_for

from webapp.config.settings import Settings
from webapp.errors import AppError, Conflict, NotFound
from webapp.http.authentication import current_user
from webapp.http.body_limits import takes_files
from webapp.http.request_keys import files_key
from webapp.ids import canonical_id, new_id
from webapp.importers.formats import LABELS
from webapp.services.idempotency import AlreadyAnswered, StoredAnswer, add_form
from webapp.services.ingest.report import read_lines
from webapp.services.ingest.runs import (
    confirm_import,
    discard_import,
    get_import,
    is_undoable,
    list_imports,
    start_import,
    undo_import,
)
from webapp.services.ingest.stopping import stop_import
from webapp.services.ingest.undoing import preview_undo
from webapp.services.ingest.uploads import MOST_FILES, UploadedFile
from webapp.services.ingest.values import STATES
from webapp.state import current
from webapp.urls import import_path
from webapp.web import import_words
from webapp.web.responses import answer, redirect_browser, see_other, wants_fragment
from webapp.web.running_import import follow, stop_following
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.idempotency import RequestKey
    from webapp.services.ingest.values import Run

FORM = "import page"

pages = Blueprint("imports", __name__)


@pages.get("/imports")
def index() -> Response:
    return _show_index()


@pages.post("/imports")
@takes_files
def create() -> Response:
    """Store an upload and show its import, which is being read."""
    files = [UploadedFile(file.filename, file.stream) for file in request.files.getlist("file") if file.filename]  # type: ignore[arg-type]
    try:
        run = _start_once(files, request.form.get("format") or None)
    except AppError as error:
        return show_again(error)
    return follow(redirect_browser(_address(run.id)), run)


def _start_once(files: list[UploadedFile], format_name: str | None) -> Run:
    """Start the import of a form, or return the one that the same form with the same files has started."""
    user, key = current_user(), _key(files, format_name)
    try:
        return start_import(user, files, format_name=format_name, key=key)
    except AlreadyAnswered as already:
        try:
            return get_import(user, already.answer.body.decode())
        except NotFound:
            # That one was discarded.
            for file in files:
                file.stream.seek(0)
            return start_import(user, files, format_name=format_name)


def _key(files: list[UploadedFile], format_name: str | None) -> RequestKey | None:
    """Return the key of this form with these files. Other files from the same form are another import."""
    name = canonical_id(request.form.get("key", ""))
    if name is None:
        return None
    key = files_key(name, FORM, files, (format_name or "").encode())
    return key._replace(name=f"{name}.{key.fingerprint}")


def init_app(app: Flask) -> None:
    add_form(app, FORM, lambda run: StoredAnswer(303, import_path(run.id), run.id.encode()))


@pages.get("/imports/<id:import_id>")
def show(import_id: str) -> Response:
    """Show an import. `state` in the query filters its report, `page` is the position in it."""
    run = get_import(current_user(), import_id)
    if wants_fragment() and "page" in request.args:
        return answer("imports/_lines.html", **_report(run))
    return stop_following(answer("imports/show.html", **_context(run), **sidebar(None, from_cursor=False)), run)


@pages.get("/imports/<id:import_id>/progress")
def progress(import_id: str) -> Response:
    """Show how far an import is, for htmx. `seen` is the state that the page shows, `at` is where it shows it."""
    run = get_import(current_user(), import_id)
    if not wants_fragment():
        return see_other(_address(import_id))
    if request.args.get("at") == "sidebar":
        return stop_following(
            answer("imports/_running_update.html", running_import=run, words_of_imports=import_words), run
        )
    has_moved = run.state != request.args.get("seen")
    chats = sidebar(None, from_cursor=False) if has_moved and run.state not in import_words.BUSY else None
    page = answer("imports/_updates.html", chats=chats, has_moved=has_moved, **_context(run), **(chats or {}))
    return stop_following(page, run)


@pages.post("/imports/<id:import_id>/confirm")
def confirm(import_id: str) -> Response:
    run = confirm_import(current_user(), import_id)
    return follow(see_other(_address(import_id)), run)


@pages.post("/imports/<id:import_id>/stop")
def stop(import_id: str) -> Response:
    # It may have ended meanwhile. Its page says how.
    with suppress(Conflict):
        stop_import(current_user(), import_id)
    return see_other(_address(import_id))


@pages.get("/imports/<id:import_id>/discard")
def confirm_discarding(import_id: str) -> Response:
    run = get_import(current_user(), import_id)
    if run.state not in {"ready", "failed", "undone"}:
        return see_other(_address(import_id))
    return answer("imports/discard.html", run=run, **_words(), **sidebar(None, from_cursor=False))


@pages.post("/imports/<id:import_id>/discard")
def discard(import_id: str) -> Response:
    discard_import(current_user(), import_id)
    return see_other(url_for("imports.index", done="discarded"))


@pages.get("/imports/<id:import_id>/undo")
def confirm_undo(import_id: str) -> Response:
    """Show what an undo would remove and keep."""
    user = current_user()
    if not is_undoable(user, import_id):
        return see_other(_address(import_id))
    run, preview = get_import(user, import_id), preview_undo(user, import_id)
    return answer("imports/undo.html", run=run, preview=preview, **_words(), **sidebar(None, from_cursor=False))


@pages.post("/imports/<id:import_id>/undo")
def undo(import_id: str) -> Response:
    run = undo_import(current_user(), import_id)
    return follow(see_other(_address(import_id)), run)


def show_again(error: AppError) -> Response:
    """Show the form with the sentence about an upload that was refused."""
    return _show_index(error.detail, error.status)


def show_too_large() -> Response:
    limit = current(Settings).max_import_bytes // 1_000_000
    sentence = (
        f"The upload has more than {limit:,} MB or more than {MOST_FILES} files, so nothing was imported. "
        "Send fewer files at once, or import them on the server: minutebook import FILE --user NAME"
    )
    return _show_index(sentence, 413)


def _show_index(problem: str = "", status: int = 200) -> Response:
    context: dict[str, Any] = {
        "problem": problem,
        "form_key": new_id(),
        "runs": list_imports(current_user()),
        "formats": LABELS,
        "limit": current(Settings).max_import_bytes // 1_000_000,
        "most_files": MOST_FILES,
        "is_discarded": request.args.get("done") == "discarded",
    }
    return answer("imports/index.html", status=status, **context, **_words(), **sidebar(None, from_cursor=False))


def _context(run: Run) -> dict[str, Any]:
    report = _report(run) if run.counts and run.state not in import_words.BUSY else {}
    undoable = run.state in {"failed", "ready"} and is_undoable(current_user(), run.id)
    return {"run": run, "is_undoable": undoable, **_words(), **report}


def _report(run: Run) -> dict[str, Any]:
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    page = read_lines(current_user(), run.id, state=state or None, cursor=request.args.get("page"))
    return {"run": run, "lines": page.data, "next_lines": page.next, "filtered_by": state, **_words()}


def _words() -> dict[str, Any]:
    return {"words": import_words}


def _address(run_id: str) -> str:
    return url_for("imports.show", import_id=run_id)
