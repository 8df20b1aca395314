"""Followers of live turns on the event loop: one feed for each attempt, whichever process writes it."""
