"""Full-text search on SQLite: FTS5, newest first by rowid, with the owner as an indexed word."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, Select, String, bindparam, column, select, table, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_index = table("message_search", column("rowid", Integer))
_MATCH = text("message_search MATCH :query")


@cache
def matching_seqs() -> Select[Any]:
    """Return the query for the newest `most` matching message numbers below `below`. Binds what `values` returns."""
    seq = _index.c.rowid
    return (
        select(seq.label("seq"))
        .where(_MATCH.bindparams(bindparam("query", type_=String)), seq < bindparam("below", type_=BigInteger))
        .order_by(seq.desc())
        .limit(bindparam("most", type_=Integer))
    )


def values(owner_id: str, words: Sequence[str], *, last_is_prefix: bool, with_archivist: bool) -> dict[str, Any]:
    """Return the FTS5 query for one owner's messages that contain every word. Words have letters and digits only.

    Turns with the archivist have another word for the owner, so a query without it does not read them.
    """
    terms = [f'"{word}"' for word in words]
    if last_is_prefix:
        terms[-1] += "*"
    owner = owner_id.replace("-", "")
    owners = f'("{owner}" OR "{owner}a")' if with_archivist else f'"{owner}"'
    return {"query": f"owner : {owners} AND content : ({' AND '.join(terms)})"}
