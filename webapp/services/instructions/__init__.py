"""Instructions for assistants: the standing texts that people set, and what of them each transcript was made with."""
