"""The export of TypingMind. Keys of programming interfaces may lie beside the chats and are not read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.draft import Draft
from webapp.importers.json_files import whole, with_unique_ids
from webapp.importers.openai_content import say_content
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record


class TypingMind:
    """The format of `{"data": {"chats": [{"chatID", "messages"}]}}`."""

    name = "typingmind"
    label = "TypingMind"

    def claims(self, probe: Probe) -> bool:
        chats = untrusted.items(probe.members, "data", "chats") or untrusted.items(probe.members, "chats")
        return any("chatID" in untrusted.mapping(chat) for chat in chats[:5])

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(_read(member))


FORMAT = TypingMind()


def _read(member: Member) -> Iterator[Record]:
    value, errors = whole(member)
    for error in errors:
        yield unreadable(error.place, error.error or "")
    data = untrusted.mapping(value, "data") or value
    folders = {
        untrusted.name(folder, "id"): texts.clean_line(
            untrusted.text(folder, "title") or untrusted.text(folder, "name"), 60
        )
        for folder in untrusted.items(data, "folders")
    }
    for number, chat in enumerate(untrusted.items(data, "chats")):
        yield _attempted(f"{member.name}, chat {number + 1}", chat, folders)


def _attempted(place: str, chat: Any, folders: dict[str, str]) -> Record:
    return attempt(place, lambda: _conversation(place, chat, folders))


def _conversation(place: str, chat: Any, folders: dict[str, str]) -> Record:
    counts: Counter[str] = Counter()
    title = texts.clean_line(untrusted.text(chat, "chatTitle") or untrusted.text(chat, "title"), 200)
    model = untrusted.text(chat, "model") or untrusted.text(chat, "modelInfo", "title") or None
    messages = [made for one in untrusted.items(chat, "messages") if (made := _message(one, counts, model))]
    if not messages:
        return empty_chat(place, title)
    folder = folders.get(untrusted.name(chat, "folderID"), "")
    tags = [folder, *(texts.clean_line(untrusted.text(tag), 60) for tag in untrusted.items(chat, "tags"))]
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(chat, "chatID") or untrusted.name(chat, "id") or None,
        title=title,
        messages=messages,
        create_time=parse_time(untrusted.at(chat, "createdAt")),
        update_time=parse_time(untrusted.at(chat, "updatedAt")),
        model=model,
        tags=tuple(tag for tag in tags if tag),
        pinned=bool(untrusted.at(chat, "pinnedAt") or untrusted.at(chat, "isPinned") is True),
        left_out=+counts,
    )


def _message(value: Any, counts: Counter[str], model: str | None) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant"):
        counts[left_out.HIDDEN if role in ("tool", "function") else left_out.SYSTEM] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    draft.think(untrusted.text(value, "reasoning_content") or untrusted.text(value, "reasoning"))
    say_content(draft, untrusted.at(value, "content"))
    for call in untrusted.items(value, "tool_calls"):
        draft.tool(untrusted.name(call, "function", "name"))
    return draft.build(
        create_time=parse_time(untrusted.at(value, "createdAt")),
        external_id=untrusted.name(value, "uuid") or None,
        model=untrusted.text(value, "model") or model,
    )
