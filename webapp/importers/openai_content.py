"""The `content` of a message as OpenAI's API has it: a text, or a list of parts. Many programs keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.inline_files import from_base64, from_data_url

if TYPE_CHECKING:
    from webapp.importers.draft import Draft

_TEXTS = ("text", "input_text", "output_text", "refusal")
_IMAGES = ("image_url", "input_image", "image")
_THOUGHTS = ("thinking", "reasoning", "reasoning_text", "summary_text")


def say_content(draft: Draft, content: Any) -> None:
    if isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        for part in content:
            _say_part(draft, part)
    else:
        draft.say(untrusted.text(content))


def _say_part(draft: Draft, part: Any) -> None:
    kind = untrusted.text(part, "type")
    said = untrusted.at(part, kind)
    if isinstance(part, str):
        draft.say(untrusted.text(part))
    elif kind in _TEXTS:
        draft.say(_text(part) or untrusted.text(part, "refusal"))
    elif kind in _THOUGHTS:
        draft.think(untrusted.text(said) or _text(part))
    elif kind in _IMAGES:
        _say_image(draft, part)
    elif kind in ("input_audio", "audio"):
        sound = untrusted.text(said, "format")
        file = from_base64(untrusted.at(said, "data"), f"audio/{sound}" if sound else "", "", "recording")
        draft.attach(file, kind="recording")
    elif kind in ("file", "input_file"):
        held = untrusted.mapping(said) or untrusted.mapping(part)
        name = texts.file_name(untrusted.text(held, "filename"), "")
        draft.attach(from_data_url(untrusted.at(held, "file_data"), name, "file"), name)
    else:
        draft.unknown(kind)
        draft.say(_text(part))


def _text(part: Any) -> str:
    """Return the text of a part; LLaMA-Factory names it `value`."""
    said = untrusted.at(part, "text")
    return untrusted.text(said) or untrusted.text(said, "value") or untrusted.text(part, "value")


def _say_image(draft: Draft, part: Any) -> None:
    source = next((found for key in ("image_url", "image", "url", "value") if (found := untrusted.at(part, key))), None)
    url = untrusted.at(source, "url") if isinstance(source, dict) else source
    file = from_data_url(url)
    address = untrusted.text(url)
    name = texts.file_name(address.partition("?")[0], "") if file is None and not address.startswith("data:") else ""
    draft.attach(file, name, "image")
