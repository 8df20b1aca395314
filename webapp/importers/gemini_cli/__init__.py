"""Gemini CLI's session files: `chats/session-*.json`, or JSONL with a header, messages and operations."""
