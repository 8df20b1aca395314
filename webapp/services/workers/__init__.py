"""Work in threads of this process whose state is in the database: slots, heartbeats, retried ends, a grace time.

What is worked on is the caller's business. Every piece of work has a row with an attempt, which is the fence, and a
heartbeat; a row whose heartbeat stopped may be claimed with a new attempt by any process.
"""
