"""A live turn, where it goes, what its followers see of it, and how it can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from webapp.errors import AppError, ProviderFailed, kinds
from webapp.ids import new_id, utc_now
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.agent.values import End
    from webapp.services.live.process.draft import Draft
    from webapp.services.values import SessionRow


class LiveTurn(NamedTuple):
    """A turn in the making. The order of the fields is the order of the table's columns."""

    session_id: str
    attempt: str
    user_message_id: str
    content: str
    instructions: str | None
    assistant: str
    base_idx: int
    question_idx: int
    replaces_from_idx: int | None
    state: Literal["writing", "failed"]
    partial: str
    problem: str | None
    reason: str | None
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
        instructions: str | None = None,
        base_idx: int = -1,
        question_idx: int = 0,
        replaces_from_idx: int | None = None,
        made_session: bool = False,
    ) -> LiveTurn:
        """Return a new attempt that begins now. Without a session it is stored nowhere."""
        now = utc_now()
        return cls(
            session_id=session_id,
            attempt=new_id(),
            user_message_id=user_message_id,
            content=content,
            instructions=instructions,
            assistant=assistant,
            base_idx=base_idx,
            question_idx=question_idx,
            replaces_from_idx=replaces_from_idx,
            state="writing",
            partial="",
            problem=None,
            reason=None,
            stop_wanted=False,
            made_session=made_session,
            asked_at=now,
            heartbeat_at=now,
        )

    @property
    def question_is_kept(self) -> bool:
        """Whether the question is a message already, and only its answer is being made (anew)."""
        return self.replaces_from_idx is not None and self.replaces_from_idx > self.question_idx

    @property
    def replaced_count(self) -> int:
        """How many messages its end will replace."""
        return 0 if self.replaces_from_idx is None else self.base_idx + 1 - self.replaces_from_idx


class Placement(NamedTuple):
    """Where a live turn goes in its session, as a resolver found it in the transaction that will store it.

    `replaces_from_idx` is the first message that its end replaces, None if it appends. `retries` is the failed turn of
    which it is another attempt.
    """

    session: SessionRow
    question: str
    question_idx: int
    replaces_from_idx: int | None
    user_message_id: str
    assistant: str
    instructions: str | None = None
    made_session: bool = False
    retries: LiveTurn | None = None


class Begun(NamedTuple):
    """The live turn of a request. It is not new if it was running for the same request already.

    `draft` is the reply that was started for it in this process: it can be followed even if it has ended already.
    """

    live: LiveTurn
    is_new: bool
    draft: Draft | None = None


class Answered(NamedTuple):
    """The turn that a request became when it was sent before."""

    result: ChatResult


@dataclass(frozen=True)
class Failed:
    """No message was stored; the live turn waits to be retried or discarded. `code` is that of an AppError."""

    code: str
    reason: str

    def error(self) -> AppError:
        """Return the error with this code and reason."""
        kind = next((kind for kind in kinds() if kind.code == self.code), ProviderFailed)
        return kind(self.reason)


@dataclass(frozen=True)
class Discarded:
    """Nothing was stored and the live turn is gone: stopped before its first word, discarded or deleted."""


@dataclass(frozen=True)
class Superseded:
    """Another attempt at the same turn has begun."""


@dataclass(frozen=True)
class Unstored:
    """The answer is complete, and nothing of it is stored, as its caller asked."""

    text: str
    end: End


Outcome: TypeAlias = ChatResult | Failed | Discarded | Superseded | Unstored


class LiveSnapshot(NamedTuple):
    """What a follower sees: the text so far, and the outcome once there is one."""

    live: LiveTurn
    text: str
    outcome: Outcome | None
