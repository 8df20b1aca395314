"""Where a live turn begins, and what a request for one leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values.turn import Continued, LiveTurn
    from webapp.services.values import ChatResult, SessionRow


class Placement(NamedTuple):
    """The position of a live turn in its session. A resolver reads it in the transaction that stores the turn.

    `replaces_from_idx` is the first message that the end replaces, None if it appends. `retries` is the failed turn
    that this attempt replaces. `continued` is the beginning of the answer, if this attempt writes only the rest. The
    answer of a turn that `has_client` is stopped some time after its client left.
    """

    session: SessionRow
    question: str
    question_idx: int
    replaces_from_idx: int | None
    user_message_id: str
    assistant: str
    system_messages: list[list[Any]] | None = None
    parameters: dict[str, Any] | None = None
    made_session: bool = False
    retries: LiveTurn | None = None
    continued: Continued | None = None
    has_client: bool = False


class Begun(NamedTuple):
    """The live turn of a request. It is not new if an earlier copy of the request began it.

    `draft` is the reply that this process started for it. It can be followed even after its end.
    """

    live: LiveTurn
    is_new: bool
    draft: Draft | None = None


class Answered(NamedTuple):
    """The stored turn of an earlier copy of the request."""

    result: ChatResult
