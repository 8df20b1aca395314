"""What completions and responses have in common: beginning an answer, waiting for it, streaming it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from flask import Response, request
from pydantic_core import to_json

from webapp.http.authentication import current_user
from webapp.http.handoff import in_this_request
from webapp.http.json_body import JSON
from webapp.http.live_answers import answer_at_beginning, answer_at_end, stream_live
from webapp.http.live_stream import EventWriter, Following
from webapp.http.numbers import read_whole
from webapp.services.live import Failed, leave

if TYPE_CHECKING:
    from webapp.services.live import Begun, Outcome

SESSION = "X-Minutebook-Session"


class AnswerWriter(EventWriter, Protocol):
    """Writes an answer as a stream, or whole."""

    def whole(self, outcome: Outcome | None) -> dict[str, Any]:
        """Return the JSON of a turn that has ended. Raises the AppError of a turn without an answer."""


def answer_live(begun: Begun, writer: AnswerWriter, *, stream: bool) -> Response:
    """Return the finished turn, or stream it.

    An error before the first text is a response with its own status. A later error is an event of the stream.
    """
    headers = {SESSION: begun.live.session_id} if begun.live.session_id else {}
    following = Following(current_user(), begun.live, begun.draft)
    on_gone = in_this_request(partial(leave, begun.live, begun.draft))
    if not stream:
        return answer_at_end(
            following,
            lambda outcome: Response(to_json(writer.whole(outcome)), content_type=JSON, headers=headers),
            on_gone=on_gone,
        )

    def begin(outcome: Outcome | None) -> Response:
        if isinstance(outcome, Failed):
            writer.whole(outcome)
        return stream_live(following, writer, headers, on_gone=on_gone)

    return answer_at_beginning(following, begin, on_gone=on_gone)


def is_repeated() -> bool:
    """Return whether the request is a retry. OpenAI's own clients send the number of retries."""
    return bool(read_whole(request.headers.get("x-stainless-retry-count", "")))
