"""Transcripts: append, replace and read messages in their order."""
