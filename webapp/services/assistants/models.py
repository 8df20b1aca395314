"""Models of connections: listed, shown or hidden, renamed, named by hand, and made the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.database.transaction import writing
from webapp.errors import Invalid, NotFound
from webapp.services.assistants.catalog import lock_catalog, touch_catalog
from webapp.services.assistants.connections import check_model_names
from webapp.services.assistants.model_rows import change_models, forget_named, hold_environment, name_models
from webapp.services.assistants.permission import check_administrator
from webapp.services.assistants.registry import registry
from webapp.services.assistants.values import ENVIRONMENT_ID
from webapp.services.content import check_characters
from webapp.services.cursors import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection as Transaction

    from webapp.services.assistants.values import Model
    from webapp.services.users import CurrentUser

LABEL_LIMIT = 80


class ModelChange(NamedTuple):
    """What changes of a model; None leaves it. An empty label restores the model's own name."""

    connection_id: str
    name: str
    is_shown: bool | None = None
    label: str | None = None


class ModelPage(NamedTuple):
    """All models of all connections, and the key of the one with which new chats begin."""

    models: list[Model]
    default: str | None


def list_models(user: CurrentUser, connection_id: str | None = None) -> ModelPage:
    """Return the models of all connections, or of one. Raises Forbidden and NotFound."""
    check_administrator(user)
    assistants = registry()
    groups = [one for one in assistants.groups() if connection_id in (None, one.connection.id)]
    if connection_id is not None and not groups:
        raise NotFound("There is no such connection. It may have been removed.")
    default = assistants.default_key()
    return ModelPage([model for group in groups for model in group.models], default)


class Slice(NamedTuple):
    """A page of a connection's models, the key of the default, and the cursor of the next page."""

    data: list[Model]
    default: str | None
    next: str | None


def page_of_models(user: CurrentUser, connection_id: str, *, limit: int, cursor: str | None = None) -> Slice:
    """Return a page of a connection's models. Raises Forbidden, NotFound, and BadRequest for another cursor."""
    page = list_models(user, connection_id)
    start = decode_cursor("models", cursor, int)[0] if cursor else 0
    following = encode_cursor("models", start + limit) if start + limit < len(page.models) else None
    return Slice(page.models[start : start + limit], page.default, following)


def change_many(user: CurrentUser, changes: Sequence[ModelChange], *, default: str | None = None) -> None:
    """Show, hide and rename models, and choose the default of new chats by its key, in one transaction.

    Raises Forbidden, NotFound for an unknown model, and Invalid for an unusable label or a hidden default.
    """
    check_administrator(user)
    for change in changes:
        _check_label(change.label)
    with writing() as transaction:
        lock_catalog(transaction)
        known = {(m.connection_id, m.name): m for group in registry().groups() for m in group.models}
        for change in changes:
            model = known.get((change.connection_id, change.name))
            if model is None:
                raise NotFound(f"There is no model “{change.name}” in this connection. Refresh its list.")
            _apply(transaction, model, change)
        shown = {model.key for group in registry().groups() for model in group.models if model.is_shown}
        _set_default(transaction, default, shown)


def add_models(user: CurrentUser, connection_id: str, names: Iterable[str]) -> None:
    """Add models by name, for a server that lists none. Raises Forbidden, NotFound and Invalid."""
    check_administrator(user)
    checked = check_model_names(list(names))
    if not checked:
        raise Invalid.field("#/model", "empty", "The name of the model is empty. Copy it from its server.")
    with writing() as transaction:
        _lock(transaction, connection_id)
        name_models(transaction, connection_id, checked)


def remove_model(user: CurrentUser, connection_id: str, name: str) -> None:
    """Remove a model that was added by name. Raises Forbidden and NotFound."""
    check_administrator(user)
    with writing() as transaction:
        _lock(transaction, connection_id)
        models = next(group.models for group in registry().groups() if group.connection.id == connection_id)
        if not any(model.name == name and model.is_named for model in models):
            raise NotFound(f"No model “{name}” was added by name.")
        forget_named(transaction, connection_id, name)


def _lock(transaction: Transaction, connection_id: str) -> None:
    lock_catalog(transaction)
    if not any(group.connection.id == connection_id for group in registry().groups()):
        raise NotFound("There is no such connection. It may have been removed.")
    if connection_id == ENVIRONMENT_ID:
        hold_environment(transaction)


def _apply(transaction: Transaction, model: Model, change: ModelChange) -> None:
    columns: dict[str, Any] = {}
    if change.is_shown is not None and change.is_shown != model.is_shown:
        columns["hidden"] = not change.is_shown
    label = None if change.label is None else " ".join(change.label.split())
    if label is not None and (label or None) != model.label:
        columns["label"] = None if label == model.name else label or None
    if columns:
        if model.connection_id == ENVIRONMENT_ID:
            hold_environment(transaction)
        change_models(transaction, model.connection_id, [model.name], **columns)


def _set_default(transaction: Transaction, default: str | None, shown: set[str]) -> None:
    """Set the default. Without a new one, hiding the present one is refused: new chats need one."""
    stored = registry().catalog().default
    if default is None:
        if stored is not None and stored not in shown and registry().knows(stored):
            raise Invalid.field("#/default", "hidden", "The default model is hidden now. Choose another default first.")
    elif default not in shown:
        raise Invalid.field("#/default", "unknown", "The default must be a model that is shown.")
    elif default != stored:
        touch_catalog(transaction, default_assistant=default)


def _check_label(label: str | None) -> None:
    if label is None:
        return
    check_characters(label, "#/label")
    if len(" ".join(label.split())) > LABEL_LIMIT or not " ".join(label.split()).isprintable():
        raise Invalid.field("#/label", "length", f"A model's name must have at most {LABEL_LIMIT} visible characters.")
