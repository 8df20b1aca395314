"""How long a writer may be silent before it is taken for dead: every limit of live turns that depends on another.

A process shows that a reply is being written by a heartbeat in its row. Between two heartbeats pass at most
`HEARTBEAT_SECONDS`, the tick at which that is noticed, and the time that the write waits for its locks. A row whose
heartbeat is older than all that together, with a rest for the commit and a busy machine, belongs to a process that is
dead, asleep or cut off.
"""

from __future__ import annotations

from datetime import timedelta

from webapp.database.transaction import LOCK_WAIT_SECONDS

#: Seconds between two looks of the scribe at the replies of its process.
TICK_SECONDS = 0.25
#: Seconds after which a reply that has not grown is written down all the same.
HEARTBEAT_SECONDS = 2.0
#: Seconds between two heartbeats of a process that lives and whose writes get their locks.
LONGEST_SILENCE_SECONDS = TICK_SECONDS + HEARTBEAT_SECONDS + LOCK_WAIT_SECONDS
#: A heartbeat that is farther away than this, in the past or in the future, has stopped.
DEAD_AFTER = timedelta(seconds=1.4 * LONGEST_SILENCE_SECONDS)

#: Seconds by which the wall clock may part from the monotonic one between two looks: more is a jump.
CLOCK_JUMP_SECONDS = 5.0

#: Seconds between two tries to store the end of a reply: doubled from the first to the longest.
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
#: Seconds in which all that is unfinished is stored when the process ends.
LAST_SECONDS = 5.0
