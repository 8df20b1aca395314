"""Chats and whole accounts as files that other programs can read."""
