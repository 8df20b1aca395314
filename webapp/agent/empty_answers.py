"""Why an answer has no text, as a sentence for the user."""

from __future__ import annotations

_ONLY_THOUGHT = "The model only thought and wrote no answer"


def without_text(reason: str, *, has_thought: bool = False) -> str | None:
    """Return why an answer with this finish reason has no text, and what to do. None if nothing tells why."""
    match reason:
        case "content_filter":
            return "The answer was held back by the provider's filter (content_filter). Ask in another way."
        case "tool_calls":
            return (
                "The model wanted to call a tool, which Minutebook does not offer (tool_calls), and wrote no text. Ask "
                "in another way, or choose another assistant."
            )
        case "length" if has_thought:
            return f"{_ONLY_THOUGHT}: its tokens ran out (length). Allow it more tokens, or ask for less."
        case "length":
            return (
                "The model's tokens ran out (length) before it wrote any text. Allow it more tokens, or ask for less."
            )
    return f"{_ONLY_THOUGHT} ({reason}). Try again, or ask in another way." if has_thought else None
