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
    """Say whether a chunk is only thoughts, or only code or its result."""
    if untrusted.at(chunk, "isThought") is True:
        return True
    if (untrusted.text(chunk, "text") or _pieces(chunk, are_thoughts=False)).strip():
        return False
    is_code = bool(untrusted.mapping(chunk, "executableCode") or untrusted.mapping(chunk, "codeExecutionResult"))
    return is_code or bool(_pieces(chunk, are_thoughts=True).strip())


def _pieces(chunk: Any, *, are_thoughts: bool) -> str:
    """Return the text of the parts of a chunk that are thoughts, or that are not."""
    return "".join(
        untrusted.text(part, "text")
        for part in untrusted.items(chunk, "parts")
        if (untrusted.at(part, "thought") is True) is are_thoughts
    )


def _say(draft: Draft, chunk: Any) -> None:
    is_thought = untrusted.at(chunk, "isThought") is True
    draft.think(_pieces(chunk, are_thoughts=True))
    # A newer file has the pieces of the text a second time as parts.
    text = untrusted.text(chunk, "text")
    (draft.think if is_thought else draft.say)(text if text.strip() else _pieces(chunk, are_thoughts=False))
    for part in untrusted.items(chunk, "parts"):
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
