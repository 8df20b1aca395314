"""Texts of the role "user" that the person did not type: the program wraps them in tags."""

from __future__ import annotations

import re
from typing import NamedTuple

from webapp.importers import texts

_TAGS = (
    "system-reminder|local-command-stdout|local-command-stderr|local-command-caveat|command-name|command-message"
    "|command-args|command-contents|task-notification|ide_opened_file|ide_selection|ide_diagnostics"
    "|environment_context|user-prompt-submit-hook|bash-input|bash-stdout|bash-stderr|new-diagnostics"
)
_LEADING = re.compile(rf"\s*<({_TAGS})(?:\s[^>]*)?>(.*?)</\1>", re.DOTALL)
_REMINDER = re.compile(r"^[ \t]*<system-reminder>.*?</system-reminder>[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_CAVEAT = "Caveat: The messages below"
_SUMMARY = "This session is being continued from a previous conversation"
_INTERRUPTED = re.compile(r"\s*\[Request interrupted by user[^\]]*\]\s*")
_PART = re.compile(r"<(status|summary)>(.*?)</\1>", re.DOTALL)
_FAILED = ("failed", "killed", "error", "stopped")


class Typed(NamedTuple):
    """What is left of a text: the person's words, and notes for commands and interruptions.

    `is_cut` says that something was taken away.
    """

    words: str
    notes: list[str]
    is_cut: bool


def unwrap(text: str) -> Typed:
    """Cut the program's tags at the beginning of a text, and its reminders on lines of their own."""
    if _INTERRUPTED.fullmatch(text):
        return Typed("", [texts.note("interrupted by user")], is_cut=True)
    if text.lstrip().startswith(_CAVEAT):
        return Typed("", [], is_cut=True)
    tags: dict[str, str] = {}
    notes: list[str] = []
    rest = text
    while found := _LEADING.match(rest):
        tag, content = found.group(1), found.group(2).strip()
        tags.setdefault(tag, content)
        if tag == "task-notification":
            notes += notification(content)
        rest = rest[found.end() :]
    rest = _REMINDER.sub("", rest)
    command = _command(tags)
    is_cut = rest != text
    return Typed(rest.strip() if is_cut else rest, [*notes, *([texts.note(command)] if command else [])], is_cut)


def is_summary(text: str) -> bool:
    """Say whether a text is what a compaction left of a session, in versions that do not mark it."""
    return text.lstrip().startswith(_SUMMARY)


def notification(text: str) -> list[str]:
    """Return the note of a background task that failed. The end of one that succeeded is no news."""
    parts = dict(_PART.findall(text))
    if parts.get("status", "").strip() not in _FAILED:
        return []
    return [texts.note(parts.get("summary") or "A background task failed")]


def is_notification(text: str) -> bool:
    return text.lstrip().startswith("<task-notification>")


def _command(tags: dict[str, str]) -> str:
    if "bash-input" in tags:
        return f"! {tags['bash-input']}"
    return f"{tags['command-name']} {tags.get('command-args', '')}".strip() if tags.get("command-name") else ""
