"""Documents: a turn, or a part of a chat, by one id, for clients that know no more of either."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.errors import NotFound
from webapp.services.transcripts.positions import find_message
from webapp.services.transcripts.reading import read_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow, TranscriptMessage

#: Messages before and after that of a turn: enough for its turn and those beside it.
_AROUND = 4
#: Messages of a chat, and their characters together, from which the rest is another part.
PART = 100
_PART_CHARACTERS = 60_000


class Document(NamedTuple):
    """A run of messages of one session. `next_idx` is where a chat goes on, None at its end and for a turn.

    `previous_id` and `next_id` are the turns before and after a turn.
    """

    session: SessionRow
    messages: Sequence[TranscriptMessage]
    is_chat: bool = False
    next_idx: int | None = None
    previous_id: str | None = None
    next_id: str | None = None


def read_document(user: CurrentUser, document_id: str, from_idx: int = 0) -> Document:
    """Return the turn that has a message with this id, else the part from `from_idx` of the session with this id.

    Raises NotFound, also for what is another user's.
    """
    try:
        place = find_message(user, document_id)
    except NotFound:
        return _chat(user, document_id, from_idx)
    page = read_page(user, place.session_id, after_idx=place.idx - _AROUND, limit=2 * _AROUND)
    turns = _turns(page.messages)
    at = next(number for number, turn in enumerate(turns) if turn[0].idx <= place.idx <= turn[-1].idx)
    previous = turns[at - 1][0].id if at else None
    following = turns[at + 1][0].id if at + 1 < len(turns) else None
    return Document(page.session, turns[at], previous_id=previous, next_id=following)


def _turns(messages: Sequence[TranscriptMessage]) -> list[list[TranscriptMessage]]:
    """Cut messages into questions with the answer that follows, and answers without a question right before them."""
    turns: list[list[TranscriptMessage]] = []
    for message in messages:
        if turns and message.role == "assistant" and [each.role for each in turns[-1]] == ["user"]:
            turns[-1].append(message)
        else:
            turns.append([message])
    return turns


def _chat(user: CurrentUser, session_id: str, from_idx: int) -> Document:
    try:
        page = read_page(user, session_id, after_idx=from_idx - 1, limit=PART)
    except NotFound:
        raise NotFound("There is no turn and no chat with this id. Use an id from a search or from a list.") from None
    count, characters = 0, 0
    for message in page.messages:
        characters += len(message.content)
        if count and characters > _PART_CHARACTERS:
            break
        count += 1
    messages = page.messages[:count]
    is_whole = not messages or messages[-1].idx == page.session.last_idx
    return Document(page.session, messages, is_chat=True, next_idx=None if is_whole else messages[-1].idx + 1)
