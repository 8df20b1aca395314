"""Replacements: edits and new answers can be undone, and what they replaced can be kept as a chat of its own."""
