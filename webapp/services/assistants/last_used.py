"""The assistant that a person used last, with which their next chat begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, update

from webapp.database.transaction import read_connection, write_best_effort
from webapp.models import User, table_of
from webapp.services.assistants.catalog import ONLY_CATALOG, catalogs
from webapp.services.assistants.registry import registry

if TYPE_CHECKING:
    from sqlalchemy import Connection as Transaction

    from webapp.services.assistants.values import Choice
    from webapp.services.users import CurrentUser

_users = table_of(User)
_LAST = select(_users.c.last_assistant).where(_users.c.id == bindparam("user"))
_LAST_AND_REVISION = (
    select(_users.c.last_assistant, catalogs.c.revision)
    .select_from(_users.outerjoin(catalogs, ONLY_CATALOG))
    .where(_users.c.id == bindparam("user"))
)
_REMEMBER = (
    update(_users)
    .where(_users.c.id == bindparam("user"), _users.c.last_assistant.is_distinct_from(bindparam("key")))
    .values(last_assistant=bindparam("key"))
)


class Menu(NamedTuple):
    """The assistants that a person can choose, and the key of the one that is chosen in a new chat."""

    choices: list[Choice]
    chosen: str


def menu_of(user: CurrentUser) -> Menu:
    """Return the assistants, and the one that the user used last or else the default."""
    found = read_connection().execute(_LAST_AND_REVISION, {"user": user.id}).first()
    last, revision = found or (None, None)
    choices = registry().choices(revision)
    default = next(choice.key for choice in choices if choice.is_default)
    return Menu(choices, last if last and any(choice.key == last for choice in choices) else default)


def uses_another(transaction: Transaction, user: CurrentUser, key: str) -> bool:
    """Return whether a question of the page goes to another assistant than the user's last one."""
    return user.token_id is None and transaction.execute(_LAST, {"user": user.id}).scalar() != key


def remember_assistant(user: CurrentUser, key: str) -> None:
    """Store the assistant of a question.

    It has a transaction of its own: the account would be locked after the chat, and its removal locks them the other
    way round.
    """

    def store(transaction: Transaction) -> None:
        transaction.execute(_REMEMBER, {"user": user.id, "key": key})

    write_best_effort(store, "The assistant that was used last")
