"""Codex's session files: `sessions/YYYY/MM/DD/rollout-<time>-<uuid>.jsonl`, and the output of `codex exec --json`."""
