"""A live turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from webapp.ids import new_id, utc_now

if TYPE_CHECKING:
    from datetime import datetime


class LiveTurn(NamedTuple):
    """A turn whose answer is being written, or failed. The fields are the table's columns, in their order."""

    session_id: str
    attempt: str
    user_message_id: str
    content: str
    system_messages: list[list[Any]] | None
    parameters: dict[str, Any] | None
    assistant: str
    base_idx: int
    question_idx: int
    replaces_from_idx: int | None
    state: Literal["writing", "failed"]
    partial: str
    reasoning: str | None
    reasoning_seconds: float | None
    restarts: int | None
    problem: str | None
    reason: str | None
    refusal: dict[str, Any] | None
    continues_from: int | None
    stop_wanted: bool
    made_session: bool
    asked_at: datetime
    heartbeat_at: datetime

    @classmethod
    def begun(
        cls,
        *,
        user_message_id: str,
        content: str,
        assistant: str,
        session_id: str = "",
        system_messages: list[list[Any]] | None = None,
        base_idx: int = -1,
        question_idx: int = 0,
        replaces_from_idx: int | None = None,
        made_session: bool = False,
    ) -> LiveTurn:
        """Return a new attempt that begins now. An unstored one has no session."""
        now = utc_now()
        return cls(
            session_id=session_id,
            attempt=new_id(),
            user_message_id=user_message_id,
            content=content,
            system_messages=system_messages,
            parameters=None,
            assistant=assistant,
            base_idx=base_idx,
            question_idx=question_idx,
            replaces_from_idx=replaces_from_idx,
            state="writing",
            partial="",
            reasoning=None,
            reasoning_seconds=None,
            restarts=None,
            problem=None,
            reason=None,
            refusal=None,
            continues_from=None,
            stop_wanted=False,
            made_session=made_session,
            asked_at=now,
            heartbeat_at=now,
        )

    def continuing(self, beginning: Continued) -> LiveTurn:
        """Return the same attempt with a beginning that another one wrote."""
        return self._replace(
            partial=beginning.text,
            continues_from=len(beginning.text),
            reasoning=beginning.reasoning,
            reasoning_seconds=beginning.reasoning_seconds,
        )

    @property
    def question_is_stored(self) -> bool:
        """Whether the question is already a message, so that the end stores only an answer."""
        return self.replaces_from_idx is not None and self.replaces_from_idx > self.question_idx

    @property
    def replaced_count(self) -> int:
        """The number of messages that the end will replace."""
        return 0 if self.replaces_from_idx is None else self.base_idx + 1 - self.replaces_from_idx


class Continued(NamedTuple):
    """The beginning of an answer that another attempt wrote, and its reasoning."""

    text: str
    reasoning: str | None
    reasoning_seconds: float | None
