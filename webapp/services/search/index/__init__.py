"""Full-text search over messages, with a module for each database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.services.search.index import postgres, sqlite
from webapp.services.search.index.words import find_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select, TextualSelect

__all__ = ["NEWEST", "find_words", "seqs_of_words"]

#: Above every message number: search from the newest.
NEWEST = 2**62


def seqs_of_words(
    connection: Connection,
    owner_id: str,
    words: Sequence[str],
    *,
    last_is_prefix: bool = False,
    with_archivist: bool = False,
) -> tuple[Select[Any] | TextualSelect, dict[str, Any]]:
    """Return the query for the numbers (`seq`) of the owner's messages with all the words, and its values.

    Newest first. Turns with the archivist are left out unless `with_archivist`. The caller binds `below` (a `seq`) and
    `most` (rows).
    """
    database = sqlite if connection.dialect.name == "sqlite" else postgres
    values = database.values(owner_id, words, last_is_prefix=last_is_prefix, with_archivist=with_archivist)
    return database.matching_seqs(), values
