"""Strikes: the text of a message is removed for good, wherever it is kept. Its place in transcripts stays."""
