"""One conversation of ChatGPT as a record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from webapp.importers import captures, left_out, texts, untrusted
from webapp.importers.attempts import empty_chat, unreadable
from webapp.importers.chatgpt.branch import displayed
from webapp.importers.chatgpt.messages import Reader
from webapp.importers.chatgpt.shown import kind_of
from webapp.importers.chatgpt.source import conversation_id
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.importers.assets import Assets
    from webapp.importers.records import ImportedMessage, Record

_TORN = "the beginning of this chat is not in the export"
_SHARED_TAG = "shared"


@dataclass(frozen=True, slots=True)
class Beside:
    """What the other files of the export say: the assets, and the ids of the conversations that were shared."""

    assets: Assets
    shared: frozenset[str]


def read(place: str, entry: Any, beside: Beside, *, keeps_id: bool = True) -> Record:
    """Return the record of an entry. Without its id it is known by its content."""
    conversation = captures.unwrapped(entry)
    title = texts.clean_line(conversation.get("title"), 200)
    mapping = conversation.get("mapping")
    if not isinstance(mapping, dict):
        return unreadable(place, "It has no tree of messages." if conversation else "It is no conversation.")
    counts: Counter[str] = Counter()
    messages = _messages(conversation, Reader(beside.assets, counts, captures.files_of(entry)))
    if not messages:
        return empty_chat(place, title)
    found_id = conversation_id(conversation)
    return ImportedConversation(
        place=place,
        external_id=found_id if found_id and keeps_id else None,
        title=title,
        messages=messages,
        create_time=parse_time(conversation.get("create_time")),
        update_time=parse_time(conversation.get("update_time")),
        model=texts.clean_line(conversation.get("default_model_slug")) or None,
        tags=_tags(conversation, found_id, beside),
        pinned=conversation.get("is_starred") is True or parse_time(conversation.get("pinned_time")) is not None,
        archived=conversation.get("is_archived") is True,
        left_out=+counts,
    )


def _messages(conversation: dict[str, Any], reader: Reader) -> Sequence[ImportedMessage]:
    mapping = conversation["mapping"]
    branch = displayed(conversation)
    for key in branch.path:
        reader.read(texts.clean(key), untrusted.at(mapping[key], "message"))
    shown = set(branch.path)
    others = (untrusted.at(node, "message") for key, node in mapping.items() if key not in shown)
    reader.counts[left_out.BRANCH] += sum(_is_turn(message) for message in others)
    messages = reader.finish()
    if branch.is_torn and messages and (messages[0].role == "assistant" or len(shown) < len(mapping)):
        reader.counts[left_out.MISSING_PART] += 1
        messages[0] = _with_note(messages[0])
    return messages


def _is_turn(message: Any) -> bool:
    """Say whether a message of another branch was a question or an answer with a content."""
    content = untrusted.at(message, "content")
    parts = untrusted.items(content, "parts")
    has_content = any(part for part in parts) or bool(untrusted.text(content, "text").strip())
    return kind_of(message) in ("user", "assistant") and has_content


def _with_note(message: ImportedMessage) -> ImportedMessage:
    return replace(message, content=texts.join_blocks([texts.note(_TORN), message.content]))


def _tags(conversation: dict[str, Any], found_id: str, beside: Beside) -> tuple[str, ...]:
    """Return tags for the project or custom GPT, of which an export has only the id."""
    tags = []
    template = untrusted.name(conversation, "conversation_template_id") or untrusted.name(conversation, "gizmo_id")
    if template.startswith("g-p-"):
        tags.append(f"Project {texts.clean_line(template, 12).rstrip('…')}")
    elif template:
        tags.append(f"GPT {texts.clean_line(template, 40)}")
    if found_id in beside.shared:
        tags.append(_SHARED_TAG)
    return tuple(tags)
