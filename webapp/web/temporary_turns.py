"""Turns of a temporary chat: htmx follows the answer in the response itself, a plain form waits for its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from webapp.http.authentication import current_user
from webapp.http.handoff import in_this_request
from webapp.http.live_answers import answer_at_end, event_response
from webapp.http.live_stream import Following
from webapp.services.live import Failed, LiveSnapshot, ask_temporarily, carried_answer, carried_question, leave
from webapp.web.composer import FormInput
from webapp.web.responses import wants_fragment
from webapp.web.temporary_page import part_stays, show_temporary
from webapp.web.temporary_stream import TemporaryEvents, TemporaryStream, blocking_stream

if TYPE_CHECKING:
    from flask import Response

    from webapp.services.live import Begun, Draft, LiveTurn, Outcome
    from webapp.services.values import NewMessage

_CUT_OFF = "The server stopped before the answer was complete. Please send the message again."
_STOPPED = "The answer was stopped before its first word."


class Asked(NamedTuple):
    """A question after the carried `messages`. One that `replaces` takes the place of the last turn.

    `typed` is the text of a message that is not sent yet, if the question is not the composer's own text.
    """

    messages: list[NewMessage]
    content: str
    assistant: str | None
    replaces: bool = False
    typed: str | None = None

    @property
    def earlier(self) -> list[NewMessage]:
        return self.messages[:-2] if self.replaces else self.messages

    @property
    def is_retry(self) -> bool:
        return self.typed is not None

    def question(self, live: LiveTurn) -> NewMessage:
        """Return the question for the page to carry. One that is answered anew keeps its time."""
        return self.messages[-2] if self.is_retry else carried_question(live)

    @property
    def put_back(self) -> str:
        """The text of the composer after a failure."""
        return self.typed if self.typed is not None else self.content


def start_temporary(asked: Asked) -> Response:
    """Start the answer, and respond with it. It stops if the client disconnects. Raises what `ask_temporarily` does."""
    user = current_user()
    asked_at = asked.messages[-2].create_time if asked.is_retry else None
    begun = ask_temporarily(user, asked.earlier, asked.content, assistant=asked.assistant, asked_at=asked_at)
    on_gone = in_this_request(partial(leave, begun.live, begun.draft))
    if wants_fragment():
        return _stream(asked, begun)
    following = Following(user, begun.live, begun.draft)
    return answer_at_end(following, partial(_finish, asked, begun), on_gone=on_gone)


def _stream(asked: Asked, begun: Begun) -> Response:
    user, on_gone = current_user(), in_this_request(partial(leave, begun.live, begun.draft))
    events = TemporaryEvents(asked, begun)
    return event_response(
        lambda: blocking_stream(user, begun, events, on_gone),
        lambda feeds: TemporaryStream(feeds, user, begun, events, on_gone),
        None,
        user,
    )


def _finish(asked: Asked, begun: Begun, outcome: Outcome | None) -> Response:
    assert begun.draft is not None
    reply = carried_answer(_snapshot_at(begun.draft, outcome))
    if reply is None:
        problem = outcome.reason if isinstance(outcome, Failed) else _STOPPED if outcome else _CUT_OFF
        typed = FormInput(asked.put_back, problem, retry=not asked.is_retry, assistant=asked.assistant)
        return show_temporary(asked.messages, status=502, typed=typed, replaces=asked.replaces and not asked.is_retry)
    messages = [*asked.earlier, asked.question(begun.live), reply]
    problem = part_stays(outcome)
    return show_temporary(messages, typed=FormInput(asked.typed or "", problem, assistant=asked.assistant))


def _snapshot_at(draft: Draft, outcome: Outcome | None) -> LiveSnapshot:
    return draft.snapshot()._replace(outcome=outcome)
