"""The chunks of a chat of AI Studio: texts, thoughts, code with its result, and files, each a record of its own.

Thoughts and code belong to the text that follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.draft import Draft
from webapp.importers.inline_files import from_base64
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from webapp.importers.records import ImportedMessage

_INLINE = ("inlineFile", "inlineData", "inlineImage", "inlineAudio", "inlineVideo")
_ENDS = {"MAX_TOKENS": "length", "STOP": "stop"}


def messages(chunks: list[Any], counts: Counter[str], model: str | None) -> list[ImportedMessage]:
    return list(_messages(chunks, counts, model))


def _messages(chunks: list[Any], counts: Counter[str], model: str | None) -> Iterator[ImportedMessage]:
    draft: Draft | None = None
    facts: dict[str, Any] = {}
    for chunk in chunks:
        role = "user" if untrusted.text(chunk, "role").lower() == "user" else "assistant"
        if draft is not None and draft.role != role:
            yield from _built(draft, facts)
            draft = None
        draft = draft or Draft("user" if role == "user" else "assistant", counts)
        _say(draft, chunk)
        facts = _facts(chunk, model)
        if not _waits(chunk):
            yield from _built(draft, facts)
            draft = None
    if draft is not None:
        yield from _built(draft, facts)


def _built(draft: Draft, facts: dict[str, Any]) -> Iterator[ImportedMessage]:
    if made := draft.build(**facts):
        yield made


def _facts(chunk: Any, model: str | None) -> dict[str, Any]:
    return {
        "create_time": parse_time(untrusted.at(chunk, "createTime")),
        "external_id": untrusted.name(chunk, "id") or None,
        "model": model,
        "finish_reason": _ENDS.get(untrusted.text(chunk, "finishReason")),
    }


def _waits(chunk: Any) -> bool:
    """Say whether a chunk is only thoughts, or code or its result without words."""
    if untrusted.at(chunk, "isThought") is True:
        return True
    has_words = bool(untrusted.text(chunk, "text").strip()) or any(
        untrusted.text(part, "text").strip() and untrusted.at(part, "thought") is not True
        for part in untrusted.items(chunk, "parts")
    )
    has_code = bool(untrusted.mapping(chunk, "executableCode") or untrusted.mapping(chunk, "codeExecutionResult"))
    return has_code and not has_words


def _say(draft: Draft, chunk: Any) -> None:
    is_thought = untrusted.at(chunk, "isThought") is True
    (draft.think if is_thought else draft.say)(untrusted.text(chunk, "text"))
    # A newer file has each piece of the text a second time as a part.
    has_text = bool(untrusted.text(chunk, "text").strip())
    for part in untrusted.items(chunk, "parts"):
        if untrusted.at(part, "thought") is True or is_thought:
            draft.think("" if has_text else untrusted.text(part, "text"))
        elif not has_text:
            draft.say(untrusted.text(part, "text"))
        _attach(draft, part)
    _run(draft, chunk)
    _attach(draft, chunk)
    _end(draft, chunk)


def _run(draft: Draft, chunk: Any) -> None:
    code = untrusted.mapping(chunk, "executableCode")
    result = untrusted.mapping(chunk, "codeExecutionResult")
    outcome = untrusted.text(result, "outcome")
    if code:
        draft.tool("code execution", failed=bool(outcome) and not outcome.endswith("OK"))
        draft.say(texts.fence(untrusted.text(code, "code"), untrusted.text(code, "language").lower()))
    elif result and outcome and not outcome.endswith("OK"):
        draft.note(f"code execution failed: {outcome}")
    if untrusted.text(result, "output").strip():
        draft.say(texts.fence(untrusted.text(result, "output")))


def _attach(draft: Draft, chunk: Any) -> None:
    for key, value in untrusted.mapping(chunk).items():
        if key.startswith("drive"):
            name = texts.file_name(untrusted.text(value, "name"), "") or f"Drive file {untrusted.name(value, 'id')}"
            draft.attach(None, name, "image" if key == "driveImage" else "file")
        elif key in _INLINE:
            kind = untrusted.text(value, "mimeType")
            name = untrusted.text(value, "name") or untrusted.text(value, "displayName")
            is_image = kind.startswith("image/") or key == "inlineImage"
            draft.attach(
                from_base64(untrusted.at(value, "data"), kind, name, "image" if is_image else "file"),
                name,
                "image" if is_image else "file",
            )
        elif key == "youtubeVideo":
            video = untrusted.name(value, "id")
            draft.note(f"YouTube video {video}: https://www.youtube.com/watch?v={video}")


def _end(draft: Draft, chunk: Any) -> None:
    draft.sources(
        (untrusted.text(source, "web", "uri"), untrusted.text(source, "web", "title"))
        for key in ("groundingChunks", "groundingSources")
        for source in untrusted.items(chunk, "grounding", key)
    )
    if untrusted.at(chunk, "isEdited") is True:
        draft.note("edited answer" if draft.role == "assistant" else "edited message")
    if error := untrusted.text(chunk, "errorMessage"):
        draft.note(f"interrupted: {error}")
    elif untrusted.text(chunk, "finishReason") == "MAX_TOKENS":
        draft.note("the answer was cut off")
