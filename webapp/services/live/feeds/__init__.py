"""Following live turns on the event loop: one feed an attempt, whichever process writes it."""
