"""A live turn, what its followers see of it, and how it can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from webapp.errors import AppError, ProviderFailed, kinds
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.agent.values import End
    from webapp.services.idempotency import RequestKey
    from webapp.services.live.process.draft import Draft
    from webapp.services.values import NewMessage


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

    @property
    def question_is_kept(self) -> bool:
        """Whether the question is a message already, and only its answer is being made (anew)."""
        return self.replaces_from_idx is not None and self.replaces_from_idx > self.question_idx

    @property
    def replaced_count(self) -> int:
        """How many messages its end will replace."""
        return 0 if self.replaces_from_idx is None else self.base_idx + 1 - self.replaces_from_idx


class TurnRequest(NamedTuple):
    """What somebody wants of an assistant.

    Without `session_id` a session is made. `edits_idx` names a user message whose place the content takes, with all
    that follows it. Without `content` the last answer is made anew. `expected_last_idx` is the `idx` of the last
    message the caller has seen. `instructions` are said to the assistant ahead of the history and not kept.
    `drop_failed` lets go of what failed before in that session, for a caller that holds its text itself.

    `history` is what was said before, for a caller that tells all of it: without `session_id` the session that holds
    exactly that goes on, or else one is made that begins with it. `digests` are those of its places and of the question
    after them (`beginning.begin` fills them in). `repeated` says that the caller may have sent the
    same before and not heard the answer.
    """

    content: str | None
    session_id: str | None = None
    expected_last_idx: int | None = None
    edits_idx: int | None = None
    assistant: str | None = None
    instructions: str | None = None
    key: RequestKey | None = None
    drop_failed: bool = False
    history: tuple[NewMessage, ...] | None = None
    repeated: bool = False
    digests: tuple[bytes, ...] = ()


class Begun(NamedTuple):
    """The live turn of a request. It is not `new` if it was running for the same request already.

    `draft` is the reply that was started for it here: it can be followed also when it ended at once.
    """

    live: LiveTurn
    is_new: bool
    draft: Draft | None = None


@dataclass(frozen=True)
class Failed:
    """No message was stored; the live turn waits to be retried or taken back. `code` is that of a refusal."""

    code: str
    reason: str

    def error(self) -> AppError:
        """Return it as the refusal that it is."""
        kind = next((kind for kind in kinds() if kind.code == self.code), ProviderFailed)
        return kind(self.reason)


@dataclass(frozen=True)
class Discarded:
    """Nothing came of it and nothing is left of it: it was stopped before the first word, taken back or deleted."""


@dataclass(frozen=True)
class Superseded:
    """Another attempt at the same turn has begun."""


@dataclass(frozen=True)
class Unstored:
    """The answer was given whole, and nothing of it is stored, as its caller wished."""

    text: str
    end: End


Outcome: TypeAlias = ChatResult | Failed | Discarded | Superseded | Unstored


class LiveSnapshot(NamedTuple):
    """What a follower sees: the text as far as it has come, and the outcome once there is one."""

    live: LiveTurn
    text: str
    outcome: Outcome | None
