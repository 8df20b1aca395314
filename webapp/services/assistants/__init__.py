"""Which assistants and models there are."""
