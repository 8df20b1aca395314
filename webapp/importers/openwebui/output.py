"""The `output` list of newer answers: reasoning, calls of tools with their results, and texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webapp.importers import untrusted

_TOOLS = {"code_interpreter": "code interpreter", "open_webui:code_interpreter": "code interpreter"}
_SEARCHES = ("web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call")


@dataclass(slots=True)
class Output:
    """What the list says. `tools` are the arguments of `Draft.tool`."""

    reasoning: str = ""
    seconds: float | None = None
    text: str = ""
    tools: list[dict[str, Any]] = field(default_factory=list)


def read_output(items: list[Any]) -> Output:
    found = Output()
    answered = {
        untrusted.name(item, "call_id") for item in items if untrusted.text(item, "type") == "function_call_output"
    }
    for item in items:
        kind = untrusted.text(item, "type")
        if kind == "reasoning":
            thought = _text(untrusted.at(item, "content")) or _text(untrusted.at(item, "summary"))
            found.reasoning = "\n\n".join(part for part in (found.reasoning, thought) if part)
            seconds = untrusted.at(item, "duration")
            if isinstance(seconds, int | float) and not isinstance(seconds, bool):
                found.seconds = (found.seconds or 0) + seconds
        elif kind == "message":
            found.text = "\n\n".join(part for part in (found.text, _text(untrusted.at(item, "content"))) if part)
        elif kind == "function_call":
            found.tools.append(_tool(item, untrusted.text(item, "name"), answered))
        elif kind in _TOOLS or kind in _SEARCHES:
            found.tools.append({"name": _TOOLS.get(kind, kind.removesuffix("_call").replace("_", " "))})
    return found


def _tool(item: Any, name: str, answered: set[str]) -> dict[str, Any]:
    has_failed = untrusted.text(item, "status") in ("failed", "error")
    call = untrusted.name(item, "call_id") or untrusted.name(item, "id")
    return {"name": name, "failed": has_failed, "unfinished": not has_failed and call not in answered}


def _text(content: Any) -> str:
    if isinstance(content, str):
        return untrusted.text(content)
    parts = content if isinstance(content, list) else []
    return "\n".join(text for part in parts if (text := untrusted.text(part, "text") or untrusted.text(part)))
