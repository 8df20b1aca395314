"""Full-text search on SQLite: FTS5 in the order of the row ids, with owner and role as indexed words."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from webapp.database.search_text import emoji_word
from webapp.services.search.index.endings import likely_words
from webapp.services.search.index.words import is_emoji

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.search.index.values import Condition
    from webapp.services.search.query import Query, Term

_SEQ = "message_search.rowid"


def newest(owner_id: str, query: Query, condition: Condition) -> tuple[str, dict[str, Any]]:
    """Return the query for the newest `:most` numbers from `:low` on and below `:below`, and its other values."""
    sql = f"""
        SELECT rowid AS seq FROM message_search WHERE message_search MATCH :match
        AND rowid < :below AND rowid >= :low AND {condition.sql.format(seq=_SEQ, fence="")}
        ORDER BY rowid DESC LIMIT :most
    """  # noqa: S608 - the condition is ours
    return sql, condition.values | {"match": match_text(owner_id, query)}


def counts(owner_id: str, query: Query, condition: Condition, edges: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """Return the query for how many messages match between each number and the next one, and its values.

    Without a condition it reads the index only.
    """
    sql = f"""
        SELECT bins.key AS place, (
            SELECT count(*) FROM message_search WHERE message_search MATCH :match
            AND rowid >= json_extract(bins.value, '$[0]') AND rowid < json_extract(bins.value, '$[1]')
            AND {condition.sql.format(seq=_SEQ, fence="")}
        ) FROM json_each(:bins) AS bins
    """  # noqa: S608 - the condition is ours
    bins = json.dumps(list(pairwise(edges)))
    return sql, condition.values | {"match": match_text(owner_id, query), "bins": bins}


def bounds(owner_id: str, query: Query, condition: Condition) -> tuple[str, dict[str, Any]]:
    """Return the query for the oldest and the newest number, and its values."""
    more = condition.sql.format(seq=_SEQ, fence="")
    one = f"""
        (SELECT rowid FROM message_search WHERE message_search MATCH :match AND {more}
        AND rowid < :below AND rowid >= :low ORDER BY rowid {{order}} LIMIT 1)
    """  # noqa: S608 - the condition is ours
    sql = f"SELECT {one.format(order='ASC')} AS oldest, {one.format(order='DESC')} AS newest"
    return sql, condition.values | {"match": match_text(owner_id, query)}


def match_text(owner_id: str, query: Query) -> str:
    """Return the FTS5 expression. Words have letters and digits only, so that none has a meaning in it.

    Turns with the archivist have another word for the owner, so a query without it does not read them.
    """
    owner = owner_id.replace("-", "")
    parts = [f'owner : ("{owner}" OR "{owner}a")' if query.with_archivist else f'owner : "{owner}"']
    if query.role:
        parts.append(f'owner : "{query.role}"')
    if query.terms:
        parts.append(f"{{content files}} : ({' AND '.join(map(_term, query.terms))})")
    if query.one_of:
        parts.append(f"{{content files}} : ({' OR '.join(map(_term, query.one_of))})")
    expression = " AND ".join(parts)
    if query.excluded:
        expression = f"({expression}) NOT {{content files}} : ({' OR '.join(map(_term, query.excluded))})"
    return expression


def _term(term: Term) -> str:
    words = [emoji_word(word) if is_emoji(word) else word for word in term.words]
    phrase = f'"{" ".join(words)}"'
    if not term.is_prefix:
        return phrase
    # The index has stems, and the beginning of a word is often longer than its stem.
    others = [f'"{" ".join([*words[:-1], word])}"' for word in likely_words(words[-1])]
    return f"({' OR '.join([f'{phrase} *', *others])})"
