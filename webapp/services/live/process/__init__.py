"""The writing process of a live turn: threads, drafts and heartbeats."""
