"""Background tasks with their state in the database: threads, slots, heartbeats, retries, a grace time.

The caller defines the tasks. Every task has a row with a heartbeat and an attempt id, which is its fencing token. If
the heartbeat stops, any process may claim the row with a new attempt.
"""
