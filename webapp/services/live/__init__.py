"""Live turns: answers that assistants are writing. Doors import these names and no module below."""

from webapp.services.live.beginning.append import append
from webapp.services.live.beginning.continuation import continue_answer, is_incomplete
from webapp.services.live.beginning.edit import edit
from webapp.services.live.beginning.new_chat import new_chat
from webapp.services.live.beginning.placement import require_free
from webapp.services.live.beginning.respond import Asked, respond
from webapp.services.live.beginning.retry import retry
from webapp.services.live.beginning.told_history import told_history
from webapp.services.live.concluding import conclude
from webapp.services.live.discarding import discard
from webapp.services.live.feeds.drawn import SHORTEST_PAUSE, Drawing
from webapp.services.live.feeds.registry import Feeds
from webapp.services.live.following import (
    failure_of,
    find_stored_turn,
    follow,
    get_live_turn,
    outcome_of,
    stored_turn,
    wait_for_end,
    wait_for_first,
)
from webapp.services.live.keeping import keep
from webapp.services.live.leaving import leave
from webapp.services.live.pages import read_page_with_live
from webapp.services.live.process.draft import Draft
from webapp.services.live.process.signals import ENDINGS, replies_counted, reply_ended
from webapp.services.live.stopping import STOP_SECONDS, Stopped, stop
from webapp.services.live.struck import being_written, discard_those_about, forget_system_message
from webapp.services.live.system_messages import SystemMessage
from webapp.services.live.temporary import ask_temporarily, carried_answer, carried_question
from webapp.services.live.unstored import begin_unstored, stop_unstored
from webapp.services.live.values import (
    Answered,
    Begun,
    Discarded,
    Failed,
    LiveSnapshot,
    LiveTurn,
    Outcome,
    Superseded,
    Thought,
    Unstored,
)

__all__ = [
    "ENDINGS",
    "SHORTEST_PAUSE",
    "STOP_SECONDS",
    "Answered",
    "Asked",
    "Begun",
    "Discarded",
    "Draft",
    "Drawing",
    "Failed",
    "Feeds",
    "LiveSnapshot",
    "LiveTurn",
    "Outcome",
    "Stopped",
    "Superseded",
    "SystemMessage",
    "Thought",
    "Unstored",
    "append",
    "ask_temporarily",
    "begin_unstored",
    "being_written",
    "carried_answer",
    "carried_question",
    "conclude",
    "continue_answer",
    "discard",
    "discard_those_about",
    "edit",
    "failure_of",
    "find_stored_turn",
    "follow",
    "forget_system_message",
    "get_live_turn",
    "is_incomplete",
    "keep",
    "leave",
    "new_chat",
    "outcome_of",
    "read_page_with_live",
    "replies_counted",
    "reply_ended",
    "require_free",
    "respond",
    "retry",
    "stop",
    "stop_unstored",
    "stored_turn",
    "told_history",
    "wait_for_end",
    "wait_for_first",
]
