"""A chat as one JSON document with all its facts. The bytes of its files are named by their SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.database.types import instant_text
from webapp.services.exports.facts import Facts, to_json
from webapp.services.exports.transcript import FILE, MESSAGE, SESSION, conversations, read_messages, read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from webapp.services.exports.facts import AnyRow
    from webapp.services.exports.transcript import Exported
    from webapp.services.instruction_values import Instruction

_session = Facts((*SESSION, conversations.c.origin, conversations.c.external_id))
_message = Facts(MESSAGE)
_file = Facts(FILE)


def write_json(connection: Connection, session: AnyRow) -> Iterator[bytes]:
    """Yield the document: the session's facts, its tags, and `messages` in order."""
    head = {"format": "minutebook-session/1", **_session.as_dict(session), "tags": read_tags(connection, session.id)}
    yield to_json(head)[:-1] + b',"messages":['
    separator = b"\n"
    for exported in read_messages(connection, session):
        yield separator + to_json(_message_json(exported))
        separator = b",\n"
    yield b"\n]}\n"


def _message_json(exported: Exported) -> dict[str, Any]:
    facts = _message.as_dict(exported.message[: len(MESSAGE)])  # type: ignore[arg-type] # a slice of a row is its values
    facts["files"] = [_file.as_dict(file[1:]) for file in exported.files]  # type: ignore[arg-type]
    facts["instructions"] = [_instruction_json(fact) for fact in exported.instructions]
    return facts


def _instruction_json(fact: Instruction) -> dict[str, Any]:
    facts = fact._asdict()
    for name in ("made_at", "struck_at"):
        facts[name] = facts[name] and instant_text(facts[name])
    for name in ("digest", "text_digest"):
        facts[name] = facts[name] and facts[name].hex()
    return facts
