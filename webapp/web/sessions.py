from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, request, url_for

from webapp.errors import AppError
from webapp.http.authentication import current_user
from webapp.http.numbers import read_whole
from webapp.ids import canonical_id
from webapp.services.sessions.changes import get_session
from webapp.web.composer import FormInput, composer
from webapp.web.first_run import first_run
from webapp.web.responses import answer, wants_fragment
from webapp.web.sidebar import sidebar
from webapp.web.transcript import lines
from webapp.web.updates import end_of, read_page_and_live

if TYPE_CHECKING:
    from webapp.services.live import LiveTurn
    from webapp.services.values import SessionRow, TranscriptPage

pages = Blueprint("sessions", __name__)


@pages.get("/")
def root() -> Response:
    return redirect(url_for("sessions.new"))  # type: ignore[return-value]


@pages.get("/sessions")
def new() -> Response:
    """Show the page of a new chat. htmx gets rows of the sidebar."""
    if wants_fragment():
        words = request.args.get("q", "").replace("\0", "").strip()[:200]
        return answer("sessions/_rows.html", **sidebar(request.args.get("current"), title=words))
    return show_new()


@pages.get("/sessions/<id:session_id>")
def show(session_id: str) -> Response:
    """Show the newest messages, or those before, after or around an `idx`. htmx gets the messages alone."""
    page, live = read_page_and_live(
        session_id,
        before_idx=_idx_argument("before"),
        after_idx=_idx_argument("after"),
        around_idx=_idx_argument("around"),
    )
    if wants_fragment():
        direction = next((name for name in ("before", "after") if name in request.args), None)
        return answer("messages/_page.html", direction=direction, **lines(page), **end_of(page, live))
    return show_page(page, live)


def show_new(*, status: int = 200, typed: FormInput | None = None, is_fragment: bool = False) -> Response:
    """Render the page of a new chat. `typed` refills the composer after an error."""
    form = composer(typed=typed)
    template = "sessions/_new_partial.html" if is_fragment else "sessions/new.html"
    return answer(template, status=status, composer=form, undo=_undo(), first_run=first_run(), **sidebar(None))


def show_latest(session_id: str, *, status: int = 200, typed: FormInput | None = None) -> Response:
    """Render a session's page with its newest messages. Raises NotFound."""
    return show_page(*read_page_and_live(session_id), status=status, typed=typed)


def show_page(
    page: TranscriptPage,
    live: LiveTurn | None,
    *,
    status: int = 200,
    typed: FormInput | None = None,
    editing: dict[str, Any] | None = None,
) -> Response:
    """Render a session's page. `typed` refills a form after an error, and `editing` is the context of an edit form.

    Rendering the messages ends the transaction, so the sidebar is read first: both show the same state.
    """
    return answer(
        "sessions/show.html",
        status=status,
        composer=composer(page.session, typed),
        typed=typed or FormInput(),
        is_renaming="rename" in request.args or (typed is not None and typed.title is not None),
        edit=editing,
        undo=_undo(),
        **sidebar(page.session.id),
        **lines(page),
        **end_of(page, live),
    )


def _idx_argument(name: str) -> int | None:
    """Return an `idx` from the query, or None if it is not a number."""
    return read_whole(request.args.get(name, ""))


def _undo() -> SessionRow | None:
    """Return the session that the query offers to restore, if it is archived."""
    session_id = canonical_id(request.args.get("undo", ""))
    if session_id is None:
        return None
    try:
        session = get_session(current_user(), session_id)
    except AppError:
        return None
    return session if session.archived else None
