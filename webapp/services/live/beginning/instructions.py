"""What a turn of a person is made with: instructions of the user, the chat's tags and the chat, and its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.values import Parameters
from webapp.services.instruction_values import CHAT, CLIENT, TAG, USER
from webapp.services.instructions.settings import read_effective, read_of_tags
from webapp.services.live.parameters import fields_of
from webapp.services.live.system_messages import SystemMessage, held_of_clients, rows_of
from webapp.services.lookups import ARCHIVIST

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from webapp.services.live.values import Placement
    from webapp.services.users import CurrentUser


def with_instructions(connection: Connection, user: CurrentUser, placement: Placement) -> Placement:
    """Return the placement with what its turn is made with.

    A client of an OpenAI-compatible door says all of that itself. The archivist reads no instructions.
    """
    if placement.has_client:
        return placement
    if placement.assistant == ARCHIVIST:
        return placement._replace(system_messages=None, parameters=None)
    found = read_effective(connection, user, placement.session.id)
    of_tags = read_of_tags(connection, placement.session.id) if placement.session.tags else ()
    own = ((USER, found.of_user), *((TAG, text) for text in of_tags), (CHAT, found.of_chat))
    rows = rows_of(SystemMessage(0, text, "system", origin) for origin, text in own if text) or []
    rows += _rows_of_clients(connection, placement)
    parameters = Parameters(temperature=found.temperature, max_tokens=found.max_tokens)
    return placement._replace(system_messages=rows or None, parameters=fields_of(parameters))


def _rows_of_clients(connection: Connection, placement: Placement) -> list[list[Any]]:
    """Return the system messages of clients that the transcript has: they hold in their places as before."""
    if placement.retries is not None:
        given = [SystemMessage(*row) for row in placement.system_messages or ()]
        return rows_of(each for each in given if each.origin == CLIENT and not each.struck) or []
    if placement.session.instructions_digest is None:
        return []
    return rows_of(held_of_clients(connection, placement.session.id, placement.question_idx + 2)) or []
