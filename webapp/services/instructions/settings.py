"""The settings that a person changes at any time: standing instructions, and those and the parameters of a chat.

They hold for the turns that begin afterwards. What a turn was made with is stored with the transcript.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select, update

from webapp.database.transaction import read_connection, writing
from webapp.errors import NotFound, PreconditionFailed
from webapp.ids import utc_now
from webapp.models import ChatSession, SessionTag, Tag, User, table_of
from webapp.services.instructions.checks import check_instructions, check_max_tokens, check_temperature
from webapp.services.session_rows import read_session_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

_users = table_of(User)
_sessions = table_of(ChatSession)
_tags = table_of(Tag)
_session_tags = table_of(SessionTag)

_OF_USER = select(_users.c.instructions).where(_users.c.id == bindparam("user_id"))
_OF_CHAT = select(
    _sessions.c.id, _sessions.c.title, _sessions.c.instructions, _sessions.c.temperature, _sessions.c.max_tokens
).where(_sessions.c.id == bindparam("session_id"), _sessions.c.owner_id == bindparam("user_id"))
_EFFECTIVE = (
    select(
        _users.c.instructions.label("of_user"),
        _sessions.c.instructions.label("of_chat"),
        _sessions.c.temperature,
        _sessions.c.max_tokens,
    )
    .join_from(_sessions, _users, _users.c.id == _sessions.c.owner_id)
    .where(_sessions.c.id == bindparam("session_id"), _users.c.id == bindparam("user_id"))
)
_OF_TAGS = (
    select(_tags.c.name_folded, _tags.c.id, _tags.c.instructions)
    .join_from(_session_tags, _tags, _tags.c.id == _session_tags.c.tag_id)
    .where(_session_tags.c.session_id == bindparam("session_id"), _tags.c.instructions.is_not(None))
)
_SET_OF_USER = update(_users).where(_users.c.id == bindparam("user_id"))
_source = _sessions.alias("source")
_COPY = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("into"))
    .values(
        {
            name: select(_source.c[name]).where(_source.c.id == bindparam("source_id")).scalar_subquery()
            for name in ("instructions", "temperature", "max_tokens")
        }
    )
)

_CHECKS: dict[str, Callable[[Any], Any]] = {
    "instructions": check_instructions,
    "temperature": check_temperature,
    "max_tokens": check_max_tokens,
}


class Effective(NamedTuple):
    """What the next turn of a chat is made with."""

    of_user: str | None
    of_chat: str | None
    temperature: float | None
    max_tokens: int | None


class AccountSettings(NamedTuple):
    """The standing instructions of a user, None without."""

    instructions: str | None

    @property
    def tag(self) -> str:
        """Say by equal tags that nothing has changed."""
        return _tag(self.instructions)


class ChatSettings(NamedTuple):
    """The settings of one chat. What is None is left to the user's instructions or to the model."""

    session_id: str
    title: str
    instructions: str | None
    temperature: float | None
    max_tokens: int | None

    @property
    def tag(self) -> str:
        """Say by equal tags that nothing has changed. The title is no setting."""
        return _tag(self.instructions, self.temperature, self.max_tokens)


def _tag(*values: object) -> str:
    return blake2b(json.dumps(values).encode(), digest_size=12).hexdigest()


def read_effective(connection: Connection, user: CurrentUser, session_id: str) -> Effective:
    row = connection.execute(_EFFECTIVE, {"user_id": user.id, "session_id": session_id}).one()
    return Effective._make(row)


def read_of_tags(connection: Connection, session_id: str) -> list[str]:
    """Return the instructions of a chat's tags, in the order of the tags' names."""
    return [row.instructions for row in sorted(connection.execute(_OF_TAGS, {"session_id": session_id}))]


def get_account_settings(user: CurrentUser) -> AccountSettings:
    return AccountSettings(read_connection().execute(_OF_USER, {"user_id": user.id}).scalar())


def change_account_settings(
    user: CurrentUser, changes: Mapping[str, Any], *, expected_tags: Collection[str] | None = None
) -> AccountSettings:
    """Change those settings of the user that `changes` names; None or a blank text removes one.

    Raises Invalid, and PreconditionFailed if the settings have none of the `expected_tags`.
    """
    checked = {name: _CHECKS[name](value) for name, value in changes.items()}
    with writing() as connection:
        statement = _OF_USER.with_for_update(key_share=True)
        settings = AccountSettings(connection.execute(statement, {"user_id": user.id}).scalar())
        _check_expected(settings, expected_tags)
        wanted = settings._replace(**checked)
        if wanted != settings:
            connection.execute(_SET_OF_USER.values(**checked), {"user_id": user.id})
    return wanted


def get_chat_settings(user: CurrentUser, session_id: str) -> ChatSettings:
    """Return the settings of a chat. Raises NotFound."""
    return _read(read_connection(), user, session_id)


def change_chat_settings(
    user: CurrentUser, session_id: str, changes: Mapping[str, Any], *, expected_tags: Collection[str] | None = None
) -> ChatSettings:
    """Change those settings of a chat that `changes` names; None removes one. Without a difference nothing is written.

    Raises NotFound, Invalid, and PreconditionFailed if the settings have none of the `expected_tags`.
    """
    checked = {name: _CHECKS[name](value) for name, value in changes.items()}
    with writing() as connection:
        read_session_row(connection, user, session_id, lock=True)
        settings = _read(connection, user, session_id)
        _check_expected(settings, expected_tags)
        changed = {name: value for name, value in checked.items() if getattr(settings, name) != value}
        if changed:
            statement = update(_sessions).where(_sessions.c.id == session_id)
            moved = {"revision": _sessions.c.revision + 1, "updated_at": utc_now()}
            connection.execute(statement.values(**changed, **moved))
    return settings._replace(**changed)


def copy_settings(connection: Connection, source_id: str, into_id: str) -> None:
    """Give a new chat the settings of another one, in the caller's transaction."""
    connection.execute(_COPY, {"source_id": source_id, "into": into_id})


def _read(connection: Connection, user: CurrentUser, session_id: str) -> ChatSettings:
    row = connection.execute(_OF_CHAT, {"user_id": user.id, "session_id": session_id}).first()
    if row is None:
        raise NotFound("There is no such chat. It may have been deleted permanently. Choose another one from the list.")
    return ChatSettings._make(row)


def _check_expected(settings: AccountSettings | ChatSettings, expected_tags: Collection[str] | None) -> None:
    if expected_tags is not None and settings.tag not in expected_tags:
        raise PreconditionFailed(
            "These settings were changed in the meantime, in another tab or by a program. Nothing was saved."
        )
