"""Values of live turns: the turn, its placement, the snapshot for followers, and the outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from webapp.errors import AppError, ProviderFailed, kinds
from webapp.ids import new_id, utc_now
from webapp.services.content import BLANK
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.agent.values import End, ProviderRefusal
    from webapp.services.live.process.draft import Draft
    from webapp.services.values import SessionRow


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


@dataclass(frozen=True)
class Failed:
    """No message was stored. The live turn can be retried or discarded; with text also kept or continued.

    `code` is the code of an AppError. `refusal` is the provider's answer, if it answered with an error. `text` is what
    came before.
    """

    code: str
    reason: str
    refusal: ProviderRefusal | None = None
    text: str = field(default="", compare=False, repr=False)

    @property
    def has_text(self) -> bool:
        """Whether there is text to keep or to continue."""
        return bool(self.text.strip(BLANK))

    @classmethod
    def of(cls, error: AppError) -> Failed:
        return cls(error.code, error.detail, error.refusal if isinstance(error, ProviderFailed) else None)

    def error(self) -> AppError:
        """Return the error with this code and reason. A ProviderFailed has the refusal, too."""
        kind = next((kind for kind in kinds() if kind.code == self.code), ProviderFailed)
        return ProviderFailed(self.reason, refusal=self.refusal) if kind is ProviderFailed else kind(self.reason)


@dataclass(frozen=True)
class Discarded:
    """No message was stored and the live turn is gone: stopped before its first word, discarded or deleted."""


@dataclass(frozen=True)
class Superseded:
    """Another attempt at the same turn has begun, so this one stores nothing."""


@dataclass(frozen=True)
class Unstored:
    """The complete answer of a turn that is not stored, as its caller asked."""

    text: str
    end: End
    reasoning: str = ""


Outcome: TypeAlias = ChatResult | Failed | Discarded | Superseded | Unstored


class Thought(NamedTuple):
    """The reasoning of an answer so far. `is_open` says that the model thinks now.

    `restarts` counts how often text turned out to be reasoning: the text then starts again.
    """

    text: str = ""
    seconds: float = 0.0
    is_open: bool = False
    restarts: int = 0


class LiveSnapshot(NamedTuple):
    """The state of a live turn for a follower: the text and the reasoning so far, and the outcome after the end."""

    live: LiveTurn
    text: str
    outcome: Outcome | None
    thought: Thought = Thought()
