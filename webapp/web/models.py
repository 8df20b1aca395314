"""The administrators' page of connections and models. The text of a key goes from the form to the server only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, url_for

from webapp.errors import Conflict, Invalid
from webapp.http.audience import Audience, allow
from webapp.http.authentication import current_user
from webapp.services.assistants.checking import check_entered, check_stored, refresh_models, save_connection
from webapp.services.assistants.connections import get_connection, list_connections, remove_connection
from webapp.services.assistants.models import change_many, list_models, remove_model
from webapp.services.assistants.presets import PRESETS
from webapp.web.model_forms import (
    ConnectionForm,
    ModelFilter,
    form_fields,
    model_changes,
    problems_of,
)
from webapp.web.responses import answer, see_other, wants_fragment
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.assistants.values import Outcome

pages = Blueprint("models", __name__)


@pages.get("/settings/models")
@allow(Audience.ADMINISTRATOR)
def index() -> Response:
    """Show connections and models. `add` in the query names a preset, `edit` the connection that is being edited."""
    user, edited = current_user(), request.args.get("edit", "")
    if edited:
        form = ConnectionForm.of(next((one for one in list_connections(user) if one.id == edited), None))
    else:
        form = ConnectionForm.from_preset(request.args.get("add", ""))
    return _show(form=form)


@pages.post("/settings/models/connections")
@allow(Audience.ADMINISTRATOR)
def create() -> Response:
    return _submit(None)


@pages.post("/settings/models/connections/<id:connection_id>")
@allow(Audience.ADMINISTRATOR)
def update(connection_id: str) -> Response:
    return _submit(connection_id)


@pages.post("/settings/models/connections/<id:connection_id>/test")
@allow(Audience.ADMINISTRATOR)
def test(connection_id: str) -> Response:
    """Test a stored connection. The page shows the stored result."""
    check_stored(current_user(), connection_id)
    return see_other(url_for("models.index", _anchor=f"c-{connection_id}"))


@pages.get("/settings/models/connections/<id:connection_id>/remove")
@allow(Audience.ADMINISTRATOR)
def confirm_removal(connection_id: str) -> Response:
    connection = get_connection(current_user(), connection_id)
    return answer("models/remove.html", connection=connection, **sidebar(None, from_cursor=False))


@pages.post("/settings/models/connections/<id:connection_id>/remove")
@allow(Audience.ADMINISTRATOR)
def destroy(connection_id: str) -> Response:
    remove_connection(current_user(), connection_id)
    return see_other(url_for("models.index"))


@pages.post("/settings/models/refresh")
@allow(Audience.ADMINISTRATOR)
def refresh() -> Response:
    """Read all lists of models again."""
    return _show(refreshed=refresh_models(current_user()))


@pages.post("/settings/models/shown")
@allow(Audience.ADMINISTRATOR)
def update_models() -> Response:
    """Store which of the models on the page are shown, their names, and the default; or forget one named by hand."""
    connection_id, _, forgotten = request.form.get("forget", "").partition(" ")
    try:
        if forgotten:
            remove_model(current_user(), connection_id, forgotten)
        else:
            change_many(current_user(), model_changes(), default=request.form.get("default") or None)
    except Invalid as error:
        return _show(models_problem=error)
    return see_other(url_for("models.index", **ModelFilter.read().query(), _anchor="models"))


def _submit(connection_id: str | None) -> Response:
    """Test or save the form. After a test the browser keeps what was typed, also the key."""
    user = current_user()
    form = ConnectionForm.read(get_connection(user, connection_id) if connection_id else None)
    try:
        fields, named = form_fields(form)
        if request.form.get("do") == "test":
            outcome = check_entered(user, fields, connection_id=connection_id, named=named)
            return _result(form, outcome=outcome)
        saved = save_connection(user, fields, connection_id=connection_id, named=named)
    except (Invalid, Conflict) as error:
        return _result(form, problem=error)
    # The query makes it another page than that of the form: a browser would only go to the anchor.
    address = url_for("models.index", saved=saved.slug, _anchor=f"c-{saved.id}")
    return Response(headers={"HX-Redirect": address}) if wants_fragment() else see_other(address)


def _result(form: ConnectionForm, *, outcome: Outcome | None = None, problem: AppError | None = None) -> Response:
    """Show the form with its result. htmx replaces all of the form but its fields."""
    shown = form._replace(problems=problems_of(problem), outcome=outcome)
    if wants_fragment():
        return answer("models/_result.html", form=shown, status=problem.status if problem else 200)
    return _show(form=shown, status=problem.status if problem else 200)


def _show(
    *,
    form: ConnectionForm | None = None,
    refreshed: dict[str, str] | None = None,
    models_problem: AppError | None = None,
    status: int = 200,
) -> Response:
    user = current_user()
    connections, listed, filters = list_connections(user), list_models(user), ModelFilter.read()
    context: dict[str, Any] = {
        "connections": connections,
        "form": form or ConnectionForm.from_preset(""),
        "presets": PRESETS,
        "refreshed": refreshed,
        "models": filters.page(listed.models),
        "default": listed.default,
        "models_problem": models_problem.detail if models_problem else "",
        "unreadable": any(not connection.is_readable for connection in connections),
    }
    status = models_problem.status if models_problem else status
    return answer("models/index.html", status=status, **context, **sidebar(None, from_cursor=False))
