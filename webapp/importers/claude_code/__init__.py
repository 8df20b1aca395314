"""Claude Code's session files: `projects/<folder>/<session>.jsonl`, one record a line, or `{"loglines": [record]}`."""
