"""Texts of the role "user" that the program wrote."""

from __future__ import annotations

import re

_WRAPPERS = (
    "# AGENTS.md",
    "<environment_context>",
    "<INSTRUCTIONS>",
    "<user_instructions>",
    "<skill>",
    "<turn_aborted>",
    "<subagent_notification>",
    "<goal_context>",
    "<permissions instructions>",
    "<collaboration_mode>",
    "<user_shell_command>",
)
_EDITOR = re.compile(r"# Context from my IDE setup:.*?^## My request for Codex:\s*", re.DOTALL | re.MULTILINE)


def is_wrapper(text: str) -> bool:
    return text.lstrip().startswith(_WRAPPERS)


def words_of(text: str) -> str:
    """Return a prompt without what an editor put before it."""
    found = _EDITOR.match(text.lstrip())
    return text.lstrip()[found.end() :] if found else text
