"""Tests of connections, stored or only entered, and refreshed lists of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from webapp.agent.protocol import AssistantFailed
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import NotFound
from webapp.ids import utc_now
from webapp.services.assistants.asking import LIST_TIMEOUT, ask_server
from webapp.services.assistants.catalog import connections, lock_catalog, touch_catalog
from webapp.services.assistants.connections import (
    add_connection,
    change_connection,
    changeable_row,
    check_model_names,
    get_connection,
    secrets_for,
)
from webapp.services.assistants.fields import check_fields
from webapp.services.assistants.model_rows import choose_first_default, hold_environment, replace_list
from webapp.services.assistants.permission import check_administrator
from webapp.services.assistants.registry import UNREADABLE, registry
from webapp.services.assistants.values import ENVIRONMENT_ID, Fields, Outcome, Secrets
from webapp.services.assistants.vault import CannotOpen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.agent.endpoint import Endpoint
    from webapp.services.assistants.values import Connection
    from webapp.services.users import CurrentUser

_UNREADABLE = Outcome(problem=UNREADABLE)


def check_stored(user: CurrentUser, connection_id: str) -> Outcome:
    """Test a connection, and store the result and the list of its models. Raises Forbidden and NotFound."""
    connection = get_connection(user, connection_id)
    named = _names(connection_id)
    try:
        endpoint = _endpoint(connection_id)
    except CannotOpen:
        outcome = _UNREADABLE
    else:
        leave_transaction()
        outcome = ask_server(endpoint, named)
    _store(connection.id, outcome)
    return outcome


def check_entered(
    user: CurrentUser, fields: Fields, *, connection_id: str | None = None, named: Sequence[str] = ()
) -> Outcome:
    """Test what an administrator has entered, and store nothing.

    `connection_id` is the stored connection that the fields would change. Raises Forbidden, NotFound, and Invalid as
    `change_connection` does.
    """
    check_administrator(user)
    fields, named = check_fields(fields), check_model_names(named)
    secrets = Secrets(fields.key or None, fields.headers or {})
    if connection_id is not None:
        try:
            secrets = secrets_for(changeable_row(connection_id), fields)
        except CannotOpen:
            return _UNREADABLE
    leave_transaction()
    endpoint = registry().endpoints.make(fields.address, secrets)
    try:
        return ask_server(endpoint, named)
    finally:
        endpoint.close()


def save_connection(
    user: CurrentUser, fields: Fields, *, connection_id: str | None = None, named: Sequence[str] = ()
) -> Connection:
    """Add or change a connection, then test it: its models and what came back are stored as well.

    Raises what `add_connection` and `change_connection` raise. A failed test raises nothing.
    """
    if connection_id is None:
        saved = add_connection(user, fields, named=named)
    else:
        saved = change_connection(user, connection_id, fields, named=named)
    check_stored(user, saved.id)
    return get_connection(user, saved.id)


def refresh_models(user: CurrentUser, connection_id: str | None = None) -> dict[str, str]:
    """Read the lists of models again: of one connection, or of all.

    Returns the sentence of each failure by the connection's id; their old lists stay. Raises Forbidden and NotFound.
    """
    check_administrator(user)
    wanted = [group.connection for group in registry().groups() if connection_id in (None, group.connection.id)]
    if connection_id is not None and not wanted:
        raise NotFound("There is no such connection. It may have been removed.")
    problems: dict[str, str] = {}
    for connection in wanted:
        try:
            endpoint = _endpoint(connection.id)
            leave_transaction()
            _store_list(connection.id, endpoint.models(LIST_TIMEOUT))
        except CannotOpen:
            problems[connection.id] = UNREADABLE
        except AssistantFailed as error:
            problems[connection.id] = str(error)
    return problems


def _endpoint(connection_id: str) -> Endpoint:
    """Return the endpoint of a connection. Raises CannotOpen and NotFound."""
    assistants = registry()
    if connection_id == ENVIRONMENT_ID and assistants.environment:
        return assistants.environment.endpoint
    return assistants.endpoints.of_row(changeable_row(connection_id))


def _names(connection_id: str) -> list[str]:
    """Return the models that the test should prefer: the default, else those that were named by hand."""
    assistants = registry()
    catalog = assistants.catalog()
    models = next((group.models for group in assistants.groups(catalog) if group.connection.id == connection_id), [])
    preferred = [model.name for model in models if model.key == catalog.default]
    named = [model.name for model in models if model.is_named and not model.is_listed]
    if connection_id == ENVIRONMENT_ID and assistants.environment:
        named += assistants.environment.models.named
    return preferred or named


def _store(connection_id: str, outcome: Outcome) -> None:
    values = {
        "checked_at": utc_now(),
        "check_ok": outcome.ok,
        "check_seconds": outcome.seconds or outcome.list_seconds,
        "check_status": outcome.status,
        "check_sentence": outcome.problem,
        "check_words": outcome.words,
    }
    with writing() as transaction:
        lock_catalog(transaction)
        if connection_id == ENVIRONMENT_ID:
            hold_environment(transaction)
        transaction.execute(update(connections).where(connections.c.id == connection_id).values(values))
        if outcome.models is not None and connection_id != ENVIRONMENT_ID:
            replace_list(transaction, connection_id, outcome.models)
        row = registry().catalog().find(connection_id)
        if outcome.ok and outcome.model and row is not None:
            choose_first_default(transaction, row.slug, outcome.model)
        touch_catalog(transaction)
    _keep_in_process(connection_id, outcome.models)


def _store_list(connection_id: str, names: Sequence[str]) -> None:
    if connection_id != ENVIRONMENT_ID:
        with writing() as transaction:
            lock_catalog(transaction)
            replace_list(transaction, connection_id, names)
    _keep_in_process(connection_id, names)


def _keep_in_process(connection_id: str, names: Sequence[str] | None) -> None:
    environment = registry().environment
    if connection_id == ENVIRONMENT_ID and environment and names is not None:
        environment.models.store(tuple(names))
