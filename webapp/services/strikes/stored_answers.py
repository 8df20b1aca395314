"""The stored answers of idempotency keys: a repeated request must not return a text that was struck."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from webapp.models import IdempotencyKey, table_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

_keys = table_of(IdempotencyKey)
_ANSWERS = select(_keys.c.key, _keys.c.body).where(_keys.c.owner_id == bindparam("owner"), _keys.c.body.is_not(None))
_REWRITE = (
    update(_keys)
    .where(_keys.c.owner_id == bindparam("owner"), _keys.c.key == bindparam("name"))
    .values(body=bindparam("content"))
)

#: The members of answers that hold what was said, or a title made of it.
_TEXTS = frozenset({"content", "reasoning", "reasoning_content", "title", "quote", "text"})


def strike_answers(
    connection: Connection,
    user: CurrentUser,
    message_ids: Collection[str],
    replaced: Mapping[str, str],
    *,
    names: frozenset[str] = _TEXTS,
) -> None:
    """Replace struck texts and titles in the user's stored answers, by their old text; empty the quotes and the files.

    `names` are the members that hold such texts.
    """
    for row in connection.execute(_ANSWERS, {"owner": user.id}).all():
        try:
            answer = json.loads(row.body)
        except ValueError:
            # The form of pages stores the id of a chat.
            continue
        struck = _struck(answer, message_ids, replaced, names)
        if struck != answer:
            body = json.dumps(struck, ensure_ascii=False, separators=(",", ":")).encode()
            connection.execute(_REWRITE, {"owner": user.id, "name": row.key, "content": body})


def _struck(node: Any, message_ids: Collection[str], replaced: Mapping[str, str], names: frozenset[str]) -> Any:
    if isinstance(node, list):
        return [_struck(child, message_ids, replaced, names) for child in node]
    if not isinstance(node, dict):
        return node
    is_quote = node.get("message_id") in message_ids and "quote" in node
    found: dict[str, Any] = {}
    for name, child in node.items():
        if name in names and isinstance(child, str):
            found[name] = "" if is_quote and name == "quote" else replaced.get(child, child)
        else:
            found[name] = _struck(child, message_ids, replaced, names)
    if node.get("id") in message_ids and "files" in node:
        found["files"] = []
    return found
