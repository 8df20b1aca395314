"""Keep what came before a failure: the partial text becomes the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.values import End
from webapp.database.transaction import writing
from webapp.errors import Answering, Conflict, NotFound
from webapp.services.account_locks import hold_account
from webapp.services.content import BLANK
from webapp.services.live.process.limits import model_of
from webapp.services.live.process.pool import is_written
from webapp.services.live.rows import read_live
from webapp.services.live.storing import store_in
from webapp.services.live.values import Thought
from webapp.services.session_rows import read_session_row

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser
    from webapp.services.values import ChatResult

#: The finish reason of an answer that broke off and was kept.
BROKEN_OFF = "broken_off"


def keep(user: CurrentUser, session_id: str, *, attempt: str | None = None) -> ChatResult:
    """Store the partial text of a failed turn as its answer, with the finish reason `broken_off`.

    Raises NotFound, also if the live turn has another attempt than `attempt`, Answering while it is being written,
    Conflict if there is no text, and Archived and StaleTranscript as appending does.
    """
    with writing() as connection:
        hold_account(connection, user)
        session = read_session_row(connection, user, session_id, lock=True)
        live = read_live(connection, user, session_id)
        if attempt not in (None, live.attempt):
            raise NotFound("A retry of this message is in progress. Open the chat again.")
        if is_written(live):
            raise Answering("An answer is in progress in this chat. Stop it to keep what is there.")
        if not live.partial.strip(BLANK):
            raise Conflict("There is no text to keep. Retry or discard the message.")
        if live.replaces_from_idx is None:
            # Nothing is replaced, so it is appended to whatever is there now.
            live = live._replace(base_idx=session.last_idx)
        thought = Thought(live.reasoning or "", live.reasoning_seconds or 0.0)
        end = End(model=model_of(live), finish_reason=BROKEN_OFF)
        return store_in(connection, user, session, live, (live.partial, end, thought))
