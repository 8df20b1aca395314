"""The HTML of messages: rendered once per message and renderer version, and stored with the message."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from webapp.database.transaction import leave_transaction, read_connection, write_best_effort
from webapp.models import Message, table_of
from webapp.rendering import VERSION, Formatted, GrowingMarkdown, format_markdown, format_plain
from webapp.services.transcripts.recent_keys import RecentKeys
from webapp.services.transcripts.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.values import TranscriptMessage

_messages = table_of(Message)
_SELECT_HTML = select(_messages.c.id, _messages.c.html).where(
    _messages.c.id.in_(bindparam("ids", expanding=True)), _messages.c.html_version == VERSION
)
_STORE_HTML = (
    update(_messages)
    # A message may have been struck while its text was rendered.
    .where(_messages.c.id == bindparam("message_id"), _messages.c.struck_at.is_(None))
    .values(html=bindparam("made"), html_version=VERSION)
)

_renderings: SingleFlight[Formatted] = SingleFlight()
_drawings: SingleFlight[str] = SingleFlight()
#: Messages that took too long to format. Their next views do not try again.
_too_slow = RecentKeys(seconds=300, most=1_000)


def html_of(messages: Sequence[TranscriptMessage]) -> dict[str, str]:
    """Return the HTML of the assistant's messages among these, by id. It takes one query once all are rendered.

    If a message has no HTML yet, the open read transaction ends: rendering, or waiting for another thread that renders
    the same message, takes up to a second per message.
    """
    sources = {
        message.id: message.content for message in messages if message.role == "assistant" and not message.struck_at
    }
    if not sources:
        return {}
    stored = _stored(list(sources))
    missing = {id_: source for id_, source in sources.items() if id_ not in stored}
    return stored | _render(missing) if missing else stored


def html_so_far(attempt: str, partial: str) -> str:
    """Return a reply's partial text as HTML.

    The open read transaction ends. Concurrent callers share one rendering.
    """
    leave_transaction()
    with _drawings.flight() as flight:
        return flight.get(f"{attempt}:{len(partial)}", lambda: GrowingMarkdown().render(partial))


def _stored(ids: list[str]) -> dict[str, str]:
    return {row.id: row.html for row in read_connection().execute(_SELECT_HTML, {"ids": ids})}


def _render(sources: dict[str, str]) -> dict[str, str]:
    """Return the HTML of sources by id. One thread at a time renders a message and then stores its HTML."""
    leave_transaction()
    with _renderings.flight() as flight:
        rendered = {id_: flight.get(id_, partial(_format, id_, source)) for id_, source in sources.items()}
        _store({id_: each.html for id_, each in rendered.items() if flight.makes(id_) and each.is_final})
    return {id_: each.html for id_, each in rendered.items()}


def _format(id_: str, source: str) -> Formatted:
    # Another thread may have stored it since this thread's first query.
    stored = _stored([id_])
    leave_transaction()
    if id_ in stored:
        return Formatted(stored[id_], is_final=False)
    if id_ in _too_slow:
        return format_plain(source, is_final=False)
    formatted = format_markdown(source)
    if not formatted.is_final:
        _too_slow.add(id_)
    return formatted


def _store(rendered: dict[str, str]) -> None:
    """Store rendered HTML. It is a cache: a busy database must not fail a page."""
    if not rendered:
        return
    rows = [{"message_id": id_, "made": html} for id_, html in sorted(rendered.items())]
    write_best_effort(lambda connection: connection.execute(_STORE_HTML, rows), "Rendered HTML")
