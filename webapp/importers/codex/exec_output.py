"""The output of `codex exec --json`: events with the answers, the reasoning and the tools, without the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.agents.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOOLS = {
    "command_execution": "Bash",
    "file_change": "Edit",
    "mcp_tool_call": "MCP",
    "web_search": "WebSearch",
}
_EVENTS = ("thread.started", "turn.started", "turn.completed", "turn.failed", "item.started", "item.completed")


def is_exec_output(value: Any) -> bool:
    kind = untrusted.text(value, "type")
    return kind in _EVENTS and (kind.startswith("turn") or "thread_id" in value or "item" in value)


def exec_turns(values: Iterable[dict[str, Any]]) -> tuple[str, Turns]:
    """Return the thread's id and its turns."""
    thread = ""
    turns = Turns()
    for value in values:
        kind = untrusted.text(value, "type")
        thread = untrusted.name(value, "thread_id") or thread
        if kind == "turn.failed":
            turns.note(texts.note(f"error: {untrusted.text(value, 'error', 'message')}"))
        elif kind == "item.completed":
            _item(turns, untrusted.mapping(value, "item"))
    return thread, turns


def _item(turns: Turns, item: dict[str, Any]) -> None:
    kind = untrusted.text(item, "type") or untrusted.text(item, "item_type")
    if kind in ("agent_message", "assistant_message"):
        turns.answer(untrusted.text(item, "text"), None, untrusted.name(item, "id") or None)
    elif kind == "reasoning":
        turns.think(untrusted.text(item, "text"))
    elif kind in _TOOLS:
        use = turns.use_tool(untrusted.name(item, "tool") or _TOOLS[kind])
        use.has_failed = untrusted.text(item, "status") == "failed" or untrusted.at(item, "exit_code") not in (None, 0)
    elif kind == "error":
        turns.note(texts.note(f"error: {untrusted.text(item, 'message')}"))
