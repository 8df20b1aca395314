"""The filters of a query that the full-text index does not know, as conditions on the number of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.services.search.index.values import Condition
from webapp.services.titles import fold

if TYPE_CHECKING:
    from webapp.services.search.query import Query

#: Replaced messages that no chat holds wait for an undo. Their table is small, and each hit looks into its index.
_IS_HELD = """
    NOT EXISTS (
        SELECT 1 FROM kept_messages AS kept WHERE kept.seq = {seq}
        AND NOT EXISTS (SELECT 1 FROM session_messages AS held WHERE held.message_id = kept.message_id {fence})
    )
"""
IS_WITHOUT_CHAT = """
    {seq} IN (
        SELECT kept.seq FROM kept_messages AS kept
        WHERE NOT EXISTS (SELECT 1 FROM session_messages AS held WHERE held.message_id = kept.message_id {fence})
    )
"""
_OF_MESSAGE = "EXISTS (SELECT 1 FROM messages AS m {joins} WHERE m.seq = {{seq}} AND {condition})"
_FILES = "EXISTS (SELECT 1 FROM message_files AS f WHERE f.message_id = m.id)"
_TAGGED = """
    EXISTS (
        SELECT 1 FROM session_tags AS st JOIN tags AS t ON t.id = st.tag_id
        WHERE st.session_id = s.id AND t.name_folded = :{name}
    )
"""
_PLACES = {"archived": "s.archived", "active": "NOT s.archived", "pinned": "s.pinned"}


def conditions_of(query: Query, *, only_held: bool = True) -> Condition:
    """Return the condition for what the index does not know. `only_held` leaves out what waits for an undo."""
    parts = [_IS_HELD] if only_held else []
    values: dict[str, Any] = {}
    if query.has_file is not None:
        condition = _FILES if query.has_file else f"NOT {_FILES}"
        parts.append(_OF_MESSAGE.format(joins="", condition=condition))
    for number, model in enumerate(query.models):
        parts.append(_OF_MESSAGE.format(joins="", condition=f"lower(m.model) LIKE :model_{number} ESCAPE '!'"))
        values[f"model_{number}"] = f"%{_escaped(model.lower())}%"
    of_session = session_condition(query)
    if query.reads_sessions:
        joins = "JOIN session_messages AS l ON l.message_id = m.id JOIN sessions AS s ON s.id = l.session_id"
        parts.append(_OF_MESSAGE.format(joins=joins, condition=of_session.sql))
    return Condition(" AND ".join(parts) or "1 = 1", values | of_session.values)


def session_condition(query: Query) -> Condition:
    """Return the condition on a session `s` that the query asks for."""
    parts = [_PLACES[place] for place in dict.fromkeys(query.places)]
    values: dict[str, Any] = {}
    if query.session_id:
        parts.append("s.id = :session_id")
        values["session_id"] = query.session_id
    for kind, names in (("tag", query.tags), ("not_tag", query.excluded_tags)):
        for number, tag in enumerate(names):
            name = f"{kind}_{number}"
            parts.append(("" if kind == "tag" else "NOT ") + _TAGGED.format(name=name).strip())
            values[name] = fold(tag)
    return Condition(" AND ".join(parts) or "1 = 1", values)


def _escaped(text: str) -> str:
    return "".join(f"!{c}" if c in "!%_" else c for c in text)
