"""The content of a message as Markdown blocks, by its content type."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.importers.chatgpt.files import MessageFiles

_TEXT = ("", "text", "multimodal_text")


def blocks_of(message: Any, files: MessageFiles) -> list[str]:
    """Return the blocks of a message that was shown. Its files are taken into `files`."""
    content = untrusted.at(message, "content")
    kind = untrusted.text(content, "content_type")
    if isinstance(content, str):
        return [texts.clean(content)]
    if kind in _TEXT:
        return list(_parts(content, files))
    words = _words(content)
    if kind in _OTHERS:
        return [_OTHERS[kind](content, words)] if words.strip() else []
    files.counts[left_out.UNKNOWN_PART] += 1
    return [*_parts(content, files), *([] if untrusted.items(content, "parts") else [words]), _unknown(kind)]


def _parts(content: Any, files: MessageFiles) -> Iterator[str]:
    parts = untrusted.items(content, "parts") or [untrusted.text(content, "text")]
    for is_text, group in groupby(parts, key=lambda part: isinstance(part, str)):
        if is_text:
            yield "\n".join(texts.clean(part) for part in group)
        else:
            yield from (block for part in group for block in _part(part, files))


def _part(part: Any, files: MessageFiles) -> Iterator[str]:
    kind = untrusted.text(part, "content_type")
    if kind == "audio_transcription" or (kind in _TEXT and isinstance(untrusted.at(part, "text"), str)):
        yield untrusted.text(part, "text")
    elif kind == "image_asset_pointer" or (not kind and "asset_pointer" in untrusted.mapping(part)):
        yield files.pointer(untrusted.at(part, "asset_pointer"), "image")
    elif kind == "audio_asset_pointer":
        yield files.pointer(untrusted.at(part, "asset_pointer"), "recording")
    elif kind == "real_time_user_audio_video_asset_pointer":
        yield from _recording(part, files)
    elif part is not None:
        files.counts[left_out.UNKNOWN_PART] += 1
        yield _unknown(kind)


def _recording(part: Any, files: MessageFiles) -> Iterator[str]:
    """Yield the notes of a voice recording and of the pictures that were taken with it."""
    audio = untrusted.at(part, "audio_asset_pointer")
    if audio is not None:
        yield files.pointer(untrusted.at(audio, "asset_pointer") or audio, "recording")
    for key in ("frames_asset_pointers", "video_container_asset_pointer"):
        frames = untrusted.at(part, key)
        for frame in frames if isinstance(frames, list) else [frames] if frames else []:
            yield files.pointer(untrusted.at(frame, "asset_pointer") or frame, "image" if "frames" in key else "video")


def _words(content: Any) -> str:
    """Return the text of a content, which stands in `text`, in `parts` or in `result`."""
    parts = [texts.clean(part) for part in untrusted.items(content, "parts")]
    return untrusted.text(content, "text") or "\n".join(filter(None, parts)) or untrusted.text(content, "result")


def _language(content: Any) -> str:
    language = untrusted.text(content, "language")
    return "" if language == "unknown" else language


def _quote(content: Any, words: str) -> str:
    title = texts.clean_line(untrusted.text(content, "title") or untrusted.text(content, "domain"), 200)
    quoted = "\n".join(f"> {line}" for line in words.strip().splitlines())
    link = texts.link(title, untrusted.text(content, "url"))
    return texts.join_blocks([quoted, link])


_OTHERS: dict[str, Callable[[Any, str], str]] = {
    "code": lambda content, words: texts.fence(words, _language(content)),
    "execution_output": lambda _, words: texts.fence(words, "text"),
    "tether_quote": _quote,
    "sonic_webpage": _quote,
    "system_error": lambda content, words: texts.note(f"error: {untrusted.text(content, 'name')} {words}"),
}


def _unknown(kind: str) -> str:
    return texts.note(f"part of an unknown kind: {kind or 'without a name'}")
