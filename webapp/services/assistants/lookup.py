"""A look at a connection's list when somebody names a model that is not known yet, such as one that was just pulled."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from webapp.agent.protocol import AssistantFailed
from webapp.database.transaction import leave_transaction
from webapp.errors import Invalid
from webapp.observability.exceptions import describe_exception
from webapp.services.assistants.looks import LOOK_TIMEOUT
from webapp.services.assistants.model_rows import store_list
from webapp.services.assistants.registry import registry
from webapp.services.assistants.values import ENVIRONMENT_SLUG, SEPARATOR
from webapp.services.assistants.vault import CannotOpen

if TYPE_CHECKING:
    from webapp.services.assistants.catalog import Row

log = logging.getLogger(__name__)


def check_assistant(key: str | None, pointer: str = "#/assistant") -> None:
    """Raise Invalid if the key names no assistant. None and the empty key mean the default.

    An unknown model of a known connection is looked up there once, so call this outside a write transaction.
    """
    if key and not accepts_after_look(key):
        raise Invalid.field(
            pointer,
            "unknown_assistant",
            "There is no such assistant. Choose one from the list of assistants.",
        )


def accepts_after_look(key: str) -> bool:
    """Return whether the key names an assistant, after a look at the list of its connection if it does not yet.

    A connection is looked at once in ten seconds. No transaction is open meanwhile.
    """
    assistants = registry()
    if assistants.accepts(key):
        return True
    if assistants.knows(key):
        # It is hidden.
        return False
    slug, _, model = key.partition(SEPARATOR)
    row = next((row for row in assistants.catalog().rows if row.slug == slug), None)
    if not model:
        return False
    leave_transaction()
    if slug == ENVIRONMENT_SLUG and assistants.environment:
        assistants.environment.models.look(assistants.looks)
    elif row is not None and assistants.looks.may_look(row.id):
        _look(row)
    else:
        return False
    return assistants.accepts(key)


def _look(row: Row) -> None:
    try:
        names = registry().endpoints.of_row(row).models(LOOK_TIMEOUT)
    except (AssistantFailed, CannotOpen) as error:
        log.warning("The list of models could not be read: %s", describe_exception(error))
    else:
        store_list(row.id, names)


def find_assistant(model: str) -> str | None:
    """Return the key of the assistant that a program names, None if there is none.

    It may name the key, or a model alone: of several connections with that model, the first has it.
    """
    assistants = registry()
    if assistants.accepts(model):
        return model
    of_environment = f"{ENVIRONMENT_SLUG}{SEPARATOR}{model}"
    if assistants.accepts(of_environment):
        return of_environment
    for group in assistants.groups():
        for known in group.models:
            if known.name == model and assistants.accepts(known.key):
                return known.key
    return next((key for key in (model, of_environment) if accepts_after_look(key)), None)
