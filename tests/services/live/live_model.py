"""What live turns promise, in a few lines without a database: the measure of the real thing."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.errors import Answering, Archived, Invalid, NotFound, StaleTranscript, Unanswered


@dataclass
class Live:
    """A turn in the making. `state` is writing, failed or dead."""

    attempt: str
    content: str
    base: int
    question: int
    replaces: int | None
    made: bool
    state: str = "writing"
    text: str = ""


@dataclass
class Chat:
    """A chat: who said what, and what is being answered."""

    said: list[tuple[str, str]] = field(default_factory=list)
    archived: bool = False
    touched: bool = False
    live: Live | None = None

    @property
    def last(self) -> int:
        return len(self.said) - 1

    def is_retry(self, content: str | None, edits: int | None) -> bool:
        live = self.live
        is_same = live.replaces in (None, live.question) and (content, edits) == (live.content, live.replaces)
        return content is None or is_same

    def refusal(self, content: str | None, edits: int | None, seen: int | None, *, drop: bool) -> type | None:
        """Why a question is not asked."""
        if self.archived:
            return Archived
        if seen not in (None, self.last):
            return StaleTranscript
        if self.live and self.live.state == "writing":
            return Answering
        if self.live and self.is_retry(content, edits):
            return StaleTranscript if self.live.replaces is not None and self.live.base != self.last else None
        if self.live and not drop:
            return Unanswered
        if content is None:
            return None if self.said else Invalid
        is_mine = edits is None or (0 <= edits <= self.last and self.said[edits][0] == "user")
        return None if is_mine else Invalid

    def begin(self, content: str | None, edits: int | None, attempt: str, *, made: bool = False) -> None:
        """Ask a question that is not refused, again or for the first time."""
        if self.live and self.is_retry(content, edits):
            self.live.state, self.live.text, self.live.attempt = "writing", "", attempt
            if self.live.replaces is None:
                self.live.base, self.live.question = self.last, len(self.said)
            return
        question = replaces = edits
        if content is None:
            question = max(idx for idx, (role, _) in enumerate(self.said) if role == "user")
            replaces, content = question + 1, self.said[question][1]
        elif edits is None:
            question = len(self.said)
        self.live = Live(attempt, content, self.last, question, replaces, made)

    def keep(self) -> None:
        """End the answer: it becomes messages if it has a word and the chat takes it, or else fails."""
        live = self.live
        if not live.text or self.archived or live.base != self.last:
            live.state = "failed"
            return
        first = len(self.said) if live.replaces is None else live.replaces
        answer = ("assistant", live.text)
        self.said[first:] = [answer] if first > live.question else [("user", live.content), answer]
        self.live, self.touched = None, True

    def stop(self) -> bool:
        """Stop the answer; say whether the chat goes with its question."""
        if self.live.state == "writing" and not self.live.text:
            return self.discard()
        if self.live.state == "writing":
            self.keep()
        return False

    def discard(self) -> bool:
        """Let go of the question; say whether the chat goes with it."""
        goes = self.live.made and not self.said and not self.touched
        self.live = None
        return goes

    def refuses_take_back(self) -> type | None:
        if self.live is None:
            return NotFound
        return Answering if self.live.state == "writing" else None
