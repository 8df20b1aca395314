"""How much of their space a user's files take."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, select

from webapp.config.settings import Settings
from webapp.database.transaction import read_connection
from webapp.models import File, table_of
from webapp.state import current

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser

_files = table_of(File)
# A file that is being stored takes its space, and is no file yet.
_USAGE = select(func.count().filter(_files.c.staged_at.is_(None)), func.coalesce(func.sum(_files.c.size), 0)).where(
    _files.c.owner_id == bindparam("owner")
)


class Storage(NamedTuple):
    """The number of a user's files, and the bytes that they take and may take. Equal files count once."""

    files: int
    bytes_used: int
    bytes_limit: int


def get_storage(user: CurrentUser) -> Storage:
    count, used = read_connection().execute(_USAGE, {"owner": user.id}).one()
    return Storage(int(count), int(used), current(Settings).files_each_bytes)
