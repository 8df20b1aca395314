"""Settings: the user's tags, their names and their instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, url_for

from webapp.errors import AppError, Conflict, Invalid, PreconditionFailed
from webapp.http.authentication import current_user
from webapp.ids import new_id
from webapp.services.instructions.checks import INSTRUCTIONS_LIMIT
from webapp.services.tags.changes import change_tag, create_tag, delete_tag, get_tag
from webapp.services.tags.listing import list_tags
from webapp.web.forms import text_field
from webapp.web.responses import accepted, answer, see_other
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from webapp.services.tags.changes import TagRow

pages = Blueprint("tag_settings", __name__)

_NOTICES = {"saved": "Saved.", "created": "The tag is created.", "deleted": "The tag is deleted. Its chats stay."}
_FIELDS = ("name", "instructions")


@pages.get("/settings/tags")
def index() -> Response:
    return _list()


@pages.post("/settings/tags")
def create() -> Response:
    try:
        create_tag(current_user(), request.form.get("name", ""))
    except (Invalid, Conflict) as error:
        return _list(error)
    return see_other(url_for("tag_settings.index", done="created"))


@pages.get("/settings/tags/<id:tag_id>")
def show(tag_id: str) -> Response:
    return _form(get_tag(current_user(), tag_id))


@pages.post("/settings/tags/<id:tag_id>")
def update(tag_id: str) -> Response:
    """Rename a tag and set its instructions. An empty text removes them."""
    seen = request.form.get("tag")
    changes = {name: text_field(name) for name in _FIELDS if name in request.form}
    try:
        change_tag(current_user(), tag_id, changes, expected_tags=None if seen is None else (seen,))
    except (Invalid, Conflict, PreconditionFailed) as error:
        return _form(get_tag(current_user(), tag_id), error)
    return accepted(see_other(url_for("tag_settings.index", done="saved")))


@pages.get("/settings/tags/<id:tag_id>/delete")
def ask(tag_id: str) -> Response:
    """Ask for confirmation."""
    return answer("settings/delete_tag.html", tag=get_tag(current_user(), tag_id), **sidebar(None, from_cursor=False))


@pages.post("/settings/tags/<id:tag_id>/delete")
def destroy(tag_id: str) -> Response:
    delete_tag(current_user(), tag_id)
    return see_other(url_for("tag_settings.index", done="deleted"))


def _list(error: AppError | None = None) -> Response:
    return answer(
        "settings/tags.html",
        status=error.status if error else 200,
        tags=list_tags(current_user()),
        notices=_NOTICES,
        done=request.args.get("done", ""),
        problem=error.detail if error else "",
        typed=request.form.get("name", ""),
        is_admin=current_user().is_admin,
        **sidebar(None, from_cursor=False),
    )


def _form(tag: TagRow, error: AppError | None = None) -> Response:
    """Show the form with what was typed after an error, else with what is stored."""
    form = {name: text_field(name) if error and name in request.form else getattr(tag, name) or "" for name in _FIELDS}
    fields = error.problems if isinstance(error, Invalid) else ()
    problems = {problem.pointer.removeprefix("#/"): problem.detail for problem in fields}
    stored = [("Name", tag.name), ("Instructions", tag.instructions or "none")]
    return answer(
        "settings/tag.html",
        status=error.status if error else 200,
        stored_tag=tag,
        form=form,
        form_key=new_id(),
        is_refilled=error is not None,
        # The form has the present tag, so that sending it again is a decision about these values.
        stored=stored if isinstance(error, PreconditionFailed) else [],
        tag=tag.tag,
        problems=problems,
        problem="" if error is None or problems else error.detail,
        limit=INSTRUCTIONS_LIMIT,
        is_admin=current_user().is_admin,
        **sidebar(None, from_cursor=False),
    )
