"""The text and the reasoning in a chunk of a chat completion, in the forms in which providers send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.agent.values import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

_REASONING = ("reasoning_content", "reasoning", "thinking", "thinking_content", "reasoning_text")
_THOUGHTS = ("thinking", "reasoning", "text", "summary")
_REASONS = {
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "completed": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
    "image_safety": "content_filter",
    "recitation": "content_filter",
    "prohibited_content": "content_filter",
    "blocklist": "content_filter",
    "spii": "content_filter",
    "sensitive": "content_filter",
    "refusal": "content_filter",
    "content_filtered": "content_filter",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "function_call": "tool_calls",
}
#: Parts nested in each other. More is no text.
_DEPTH = 4
_MOST_TOKENS = 2**53


class Words(NamedTuple):
    """What a chunk adds: to the answer, and to the reasoning. `is_whole` says that it repeats all of the text."""

    text: str
    reasoning: str
    is_whole: bool = False


def choice_of(chunk: dict[str, Any], index: int | None) -> dict[str, Any] | None:
    """Return the choice with this index, or the first one if the index is None."""
    choices = chunk.get("choices")
    # Some servers send a single choice without its list.
    for choice in choices if isinstance(choices, list) else [choices]:
        if isinstance(choice, dict) and (index is None or choice.get("index", index) == index):
            return choice
    return None


def words_in(choice: dict[str, Any]) -> Words:
    """Return the words of `delta`, `message` or `text`."""
    for name in ("delta", "message"):
        said = choice.get(name)
        if isinstance(said, dict):
            text, reasoning = _parts(said.get("content"))
            words = Words(text or _text(said.get("refusal")), _reasoning(said) + reasoning, name == "message")
        else:
            words = Words(_text(said), "", name == "message")
        if words.text or words.reasoning:
            return words
    return Words(*_parts(choice.get("text")))


def calls_tool(choice: dict[str, Any]) -> bool:
    """Say whether the model calls a tool, or a function as in older versions of the API."""
    said = (choice.get(name) for name in ("delta", "message"))
    return any(isinstance(each, dict) and bool(each.get("tool_calls") or each.get("function_call")) for each in said)


def finish_reason_of(choice: dict[str, Any]) -> str | None:
    """Return the finish reason in the vocabulary of the OpenAI API, or None while there is none."""
    told = choice.get("finish_reason") or choice.get("finishReason")
    if not isinstance(told, str) or told.strip().lower() in {"", "null", "none"}:
        return None
    reason = told.strip().lower()
    return _REASONS.get(reason, reason)


def usage_of(chunk: dict[str, Any]) -> Usage | None:
    """Return the usage, if both its numbers are numbers."""
    usage = chunk.get("usage")
    if not isinstance(usage, dict):
        return None
    counts = [
        next((usage[name] for name in names if usage.get(name) is not None), 0)
        for names in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
    ]
    if not all(type(count) is int and 0 <= count < _MOST_TOKENS for count in counts) or not any(counts):
        return None
    return Usage(*counts)


def _reasoning(said: dict[str, Any]) -> str:
    """Return the reasoning. Some providers send the same under several names, so only the first counts."""
    for name in _REASONING:
        if words := "".join(_parts(said.get(name))):
            return words
    details = said.get("reasoning_details")
    return "".join("".join(part) for part in _each(details, _DEPTH)) if isinstance(details, list) else ""


def _parts(content: Any) -> tuple[str, str]:
    """Return the text and the reasoning of a content: a string, one part, or a list of parts."""
    both = list(_each(content, _DEPTH))
    return "".join(text for text, _ in both), "".join(reasoning for _, reasoning in both)


def _each(content: Any, depth: int) -> Iterator[tuple[str, str]]:
    if text := _text(content):
        yield text, ""
    elif isinstance(content, list) and depth:
        for part in content:
            if isinstance(part, (str, list, dict)):
                yield from _each(part, depth - 1)
    elif isinstance(content, dict) and depth:
        kind = str(content.get("type") or "text")
        if "thinking" in kind or "reasoning" in kind:
            inner = next((content[name] for name in _THOUGHTS if content.get(name)), "")
            yield "", "".join(text + reasoning for text, reasoning in _each(inner, depth - 1))
        elif kind in {"text", "output_text", "refusal"}:
            told = (content.get(name) for name in ("text", "refusal", "value"))
            inner = next((each for each in told if each is not None and each != ""), None)
            yield from _each(inner, depth - 1)


def _text(value: Any) -> str:
    """Return a text. Some servers send a piece that has only digits as a number."""
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
