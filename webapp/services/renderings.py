"""The HTML of messages: made once per message and renderer version, kept beside the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from webapp.extensions import db
from webapp.models import Message, table_of
from webapp.rendering import VERSION, render_markdown
from webapp.services.transaction import leave_transaction, write_best_effort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.values import TranscriptMessage

_messages = table_of(Message)
_KEPT = select(_messages.c.id, _messages.c.html).where(
    _messages.c.id.in_(bindparam("ids", expanding=True)), _messages.c.html_version == VERSION
)
_KEEP = (
    update(_messages)
    .where(_messages.c.id == bindparam("message_id"))
    .values(html=bindparam("made"), html_version=VERSION)
)


def html_of(messages: Sequence[TranscriptMessage]) -> dict[str, str]:
    """Return the HTML of the assistant's messages among these, by id. One query once all were rendered.

    It ends the open read transaction if something is to be rendered, which may take seconds.
    """
    sources = {message.id: message.content for message in messages if message.role == "assistant"}
    if not sources:
        return {}
    kept = {row.id: row.html for row in db.session.connection().execute(_KEPT, {"ids": list(sources)})}
    missing = sorted(sources.keys() - kept.keys())
    if not missing:
        return kept
    leave_transaction()
    made = {id_: render_markdown(sources[id_]) for id_ in missing}
    _keep(made)
    return kept | made


def _keep(made: dict[str, str]) -> None:
    """Store what was rendered, in the order of the ids. It is a cache: a busy database is no reason to fail a page."""
    rows = [{"message_id": id_, "made": html} for id_, html in made.items()]
    write_best_effort(lambda connection: connection.execute(_KEEP, rows), "Rendered HTML")
