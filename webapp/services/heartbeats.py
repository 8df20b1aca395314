"""The time limits of live turns: how long a writer may be silent before it counts as dead.

A process that writes a reply updates a heartbeat in its row. The longest time between two heartbeats is
`HEARTBEAT_SECONDS`, plus the tick that notices it, plus the wait for the locks of the write. A row whose heartbeat is
older than that, with a margin for the commit and a busy machine, belongs to a process that is dead, suspended or cut
off.
"""

from __future__ import annotations

from datetime import timedelta

from webapp.database.transaction import LOCK_WAIT_SECONDS

#: Seconds between two rounds of the flusher over its process's replies.
TICK_SECONDS = 0.25
#: Seconds after which a reply is written even if it has not grown.
HEARTBEAT_SECONDS = 2.0
#: Seconds between two heartbeats of a live process whose writes get their locks.
LONGEST_SILENCE_SECONDS = TICK_SECONDS + HEARTBEAT_SECONDS + LOCK_WAIT_SECONDS
#: A heartbeat farther away than this, in the past or in the future, has stopped.
DEAD_AFTER = timedelta(seconds=1.4 * LONGEST_SILENCE_SECONDS)

#: Seconds by which wall clock and monotonic clock may diverge between two rounds. More is a clock jump.
CLOCK_JUMP_SECONDS = 5.0

#: Seconds between two attempts to store a reply's end: doubled from the first to the longest.
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
#: Seconds for storing all unfinished replies when the process ends.
LAST_SECONDS = 5.0
