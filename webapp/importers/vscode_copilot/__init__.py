"""VS Code's chats with Copilot: "Chat: Export Chat…", `chatSessions/<uuid>.json`, and its JSONL log of operations."""
