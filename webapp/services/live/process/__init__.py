"""The process that writes a live turn: threads, drafts, heartbeats, and how a draft is stored."""
