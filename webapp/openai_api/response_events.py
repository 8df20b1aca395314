"""The stream of a response: its events in the order of the Responses API."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from webapp.openai_api.errors import error_json
from webapp.openai_api.response_present import (
    ResponseHead,
    event,
    stored_response,
    text_of,
    text_part,
    unstored_response,
    with_echo,
)
from webapp.services.live import Unstored, conclude

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.errors import AppError
    from webapp.services.live import LiveSnapshot, LiveTurn, Outcome
    from webapp.services.users import CurrentUser


class EventsOfText:
    """Writes the events of one response with one text."""

    def __init__(self, head: ResponseHead, echo: dict[str, Any], metadata: Mapping[str, Any] | None) -> None:
        self._head = head
        self._echo = echo
        self._metadata = metadata
        self._numbers = count()
        self._sent = 0
        self._at = {"item_id": head.message("", [])["id"], "output_index": 0, "content_index": 0}

    def opening(self) -> bytes:
        response = self.complete(self._head.begun())
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def text(self, text: str) -> bytes:
        """Write what the text has grown by."""
        if len(text) <= self._sent:
            return b""
        first = b"" if self._sent else self._first()
        delta, self._sent = text[self._sent :], len(text)
        return first + self._event("response.output_text.delta", **self._at, delta=delta, logprobs=[])

    def ending(self, response: dict[str, Any]) -> bytes:
        """Write the rest of the text, and the response."""
        text, status = text_of(response), response["status"]
        part = text_part(text)
        return b"".join(
            (
                self.text(text),
                self._event("response.output_text.done", **self._at, text=text, logprobs=[]),
                self._event("response.content_part.done", **self._at, part=part),
                self._event("response.output_item.done", output_index=0, item=self._head.message(status, [part])),
                self._event(f"response.{status}", response=response),
            )
        )

    def broken(self, error: AppError) -> bytes:
        told = error_json(error)["error"]
        failed = self.complete(self._head.begun("failed")) | {
            "error": {"code": told["code"], "message": told["message"]},
        }
        words = {name: told[name] for name in ("code", "message", "param")}
        return self._event("error", **words) + self._event("response.failed", response=failed)

    def complete(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return a response with what its request said."""
        return with_echo(response, self._echo, self._metadata)

    def _first(self) -> bytes:
        item = self._head.message("in_progress", [])
        return self._event("response.output_item.added", output_index=0, item=item) + self._event(
            "response.content_part.added", **self._at, part=text_part("")
        )

    def _event(self, kind: str, **members: Any) -> bytes:
        return event(kind, next(self._numbers), **members)


class ResponseWriter:
    """Writes the response of a live turn, as a stream or whole."""

    def __init__(
        self, user: CurrentUser, live: LiveTurn, echo: dict[str, Any], metadata: Mapping[str, Any] | None
    ) -> None:
        self._user = user
        self._live = live
        self._head = ResponseHead.of(live)
        self._events = EventsOfText(self._head, echo, metadata)

    def opening(self) -> bytes:
        return self._events.opening()

    def growth(self, snapshot: LiveSnapshot) -> bytes:
        return self._events.text(snapshot.text)

    def ending(self, snapshot: LiveSnapshot) -> bytes:
        return self._events.ending(self.whole(snapshot.outcome))

    def broken(self, error: AppError) -> bytes:
        return self._events.broken(error)

    def whole(self, outcome: Outcome | None) -> dict[str, Any]:
        """Return the response of a turn that has ended. Raises the AppError of a turn without an answer."""
        if isinstance(outcome, Unstored):
            return self._events.complete(unstored_response(self._head, outcome))
        return self._events.complete(stored_response(conclude(self._user, self._live, outcome)))


def replayed_events(response: dict[str, Any], echo: dict[str, Any], metadata: Mapping[str, Any] | None) -> bytes:
    """Return the stream of a response that was stored before."""
    answer_id = response["metadata"]["assistant_message_id"]
    events = EventsOfText(ResponseHead(answer_id, response["created_at"], response["model"]), echo, metadata)
    return events.opening() + events.ending(events.complete(response))
