"""The signal of a strike: caches of what was drawn drop it."""

from blinker import Signal

#: The text of a message was removed, and the transaction is committed.
message_struck = Signal()
