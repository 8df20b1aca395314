"""Chatting: a question goes to an assistant, and both are kept together or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.errors import AppError, Conflict, RequestInFlight
from webapp.services.idempotency import StoredAnswer
from webapp.services.live.beginning.start import begin
from webapp.services.live.ending import discard
from webapp.services.live.following import wait_for_end
from webapp.services.live.stopping import Stopped, ask_to_stop, stop
from webapp.services.live.values import Begun, Failed, TurnRequest
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from webapp.services.live.process.draft import Draft
    from webapp.services.live.values import LiveTurn, Outcome
    from webapp.services.users import CurrentUser

__all__ = ["AgentService", "Begun", "ChatResult", "Stopped", "StoredAnswer", "TurnRequest"]


class AgentService:
    """Runs turns for one user."""

    def __init__(self, user: CurrentUser) -> None:
        self._user = user

    def begin(self, wanted: TurnRequest) -> Begun | StoredAnswer:
        """Begin a live turn; see `begin`."""
        return begin(self._user, wanted)

    def run(
        self,
        content: str,
        *,
        session_id: str | None = None,
        expected_last_idx: int | None = None,
        assistant: str | None = None,
    ) -> ChatResult:
        """Get the whole reply to `content` and keep both messages. See `answer`."""
        wanted = TurnRequest(
            content=content, session_id=session_id, expected_last_idx=expected_last_idx, assistant=assistant
        )
        result = self.answer(wanted)
        assert isinstance(result, ChatResult), "only a key has a stored answer"
        return result

    def answer(self, wanted: TurnRequest) -> ChatResult | StoredAnswer:
        """Begin a live turn and wait for its end, for a caller that keeps its text itself.

        Raises what `begin` raises, and why there is no reply: ProviderFailed, or a Conflict if the session changed
        meanwhile. Nothing of the turn is left then; but a question that waited for another try goes on waiting.
        """
        begun = self.begin(wanted._replace(drop_failed=True))
        if isinstance(begun, StoredAnswer):
            return begun
        # Whoever tries again has not got the question: only the live turn, or the transcript, holds it.
        is_safe = wanted.content is not None or begun.live.question_is_kept
        return self.wait(begun.live, begun.draft, takes_back=is_safe)

    def wait(self, live: LiveTurn, draft: Draft | None = None, *, takes_back: bool = True) -> ChatResult:
        """Wait for the end of a live turn. One that fails is taken back, if so wished; raises why, as `answer` does."""
        return self.conclude(live, wait_for_end(self._user, live, draft), takes_back=takes_back)

    def conclude(self, live: LiveTurn, outcome: Outcome | None, *, takes_back: bool = True) -> ChatResult:
        """Return the result of a live turn that has ended. One that failed is taken back, if so wished.

        `outcome` is None if the process is about to end. Raises why there is no result, as `answer` does.
        """
        if isinstance(outcome, ChatResult):
            return outcome
        if isinstance(outcome, Failed):
            # What is stored nowhere has no row to take back.
            if takes_back and live.session_id:
                self._discard_quietly(live)
            raise outcome.error()
        if outcome is None:
            raise RequestInFlight("The server is about to end. The answer goes on being written; ask again for it.")
        raise Conflict("The message was taken back or tried again elsewhere while this waited. Look at the chat.")

    def ask_to_stop(self, session_id: str) -> Stopped:
        """Ask for the end of the session's answer; see `ask_to_stop`."""
        return ask_to_stop(self._user, session_id)

    def stop(self, session_id: str) -> Stopped:
        """Stop the session's answer; see `stop`."""
        return stop(self._user, session_id)

    def discard(self, session_id: str) -> str:
        """Take the session's unanswered question back; see `discard`."""
        return discard(self._user, session_id)

    def _discard_quietly(self, live: LiveTurn) -> None:
        try:
            discard(self._user, live.session_id, attempt=live.attempt, after_silence=False)
        except AppError:
            # Somebody tried it again, or took it back, in between; or its process is silent and may be writing still.
            return
