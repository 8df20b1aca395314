"""The export of Chatbox: the keys of its store. Earlier threads of a session are chats of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.draft import Draft
from webapp.importers.json_files import with_unique_ids
from webapp.importers.json_stream import read_elements
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record

_OLD, _LIST, _SESSION = "chat-sessions", "chat-sessions-list", "session:"


class Chatbox:
    """The format of `{"chat-sessions": […]}` and `{"chat-sessions-list": […], "session:<id>": {…}}`."""

    name = "chatbox"
    label = "Chatbox"

    def claims(self, probe: Probe) -> bool:
        return any(key in (_OLD, _LIST) or key.startswith(_SESSION) for key in probe.members)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(_read(member))


FORMAT = Chatbox()


def _read(member: Member) -> Iterator[Record]:
    # The settings beside the sessions may hold keys: nothing of them is kept.
    with member.open() as stream:
        for element in read_elements(stream):
            key = str(element.path[0]) if element.path else ""
            if element.error is not None:
                yield unreadable(f"{member.name}, {texts.clean_line(key, 80)}" if key else member.name, element.error)
            elif key.startswith(_SESSION) or (key == _OLD and len(element.path) > 1):
                name = untrusted.name(element.value, "id") or str(element.path[-1])
                yield from _session(f"{member.name}, session {texts.clean_line(name, 80)}", element.value)


def _session(place: str, session: Any) -> Iterator[Record]:
    title = untrusted.text(session, "name")
    for thread in untrusted.items(session, "threads"):
        yield _attempted(place, thread, untrusted.text(thread, "name") or title, session)
    yield _attempted(place, session, untrusted.text(session, "threadName") or title, session)


def _attempted(place: str, chat: Any, title: str, session: Any) -> Record:
    return attempt(place, lambda: _conversation(place, chat, texts.clean_line(title, 200), session))


def _conversation(place: str, chat: Any, title: str, session: Any) -> Record:
    counts: Counter[str] = Counter()
    messages = [made for one in untrusted.items(chat, "messages") if (made := _message(one, counts))]
    if chat is session:
        counts[left_out.BRANCH] += _forked(session)
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(chat, "id") or None,
        title=title,
        messages=messages,
        create_time=parse_time(untrusted.at(chat, "createdAt")) or messages[0].create_time,
        update_time=messages[-1].create_time,
        pinned=untrusted.at(session, "starred") is True,
        left_out=+counts,
    )


def _forked(session: Any) -> int:
    """Return the number of messages of the branches that are not shown."""
    count = 0
    for fork in untrusted.mapping(session, "messageForksHash").values():
        position = untrusted.at(fork, "position")
        count += sum(
            len(untrusted.items(one, "messages"))
            for number, one in enumerate(untrusted.items(fork, "lists"))
            if number != position
        )
    return count


def _message(value: Any, counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant") or untrusted.at(value, "isSummary") is True:
        counts[left_out.SYSTEM if role == "system" else left_out.HIDDEN] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    draft.think(untrusted.text(value, "reasoningContent"))
    parts = untrusted.items(value, "contentParts")
    for part in parts:
        _say_part(draft, part)
    if not parts:
        draft.say(untrusted.text(value, "content"))
    for file in [*untrusted.items(value, "files"), *untrusted.items(value, "attachments")]:
        draft.attach(None, texts.file_name(untrusted.text(file, "name"), ""))
    if error := untrusted.text(value, "error"):
        draft.note(f"error: {error}")
    return draft.build(
        create_time=parse_time(untrusted.at(value, "timestamp")),
        external_id=untrusted.name(value, "id") or None,
        model=untrusted.text(value, "model") or None,
    )


def _say_part(draft: Draft, part: Any) -> None:
    kind = untrusted.text(part, "type")
    if kind == "text":
        draft.say(untrusted.text(part, "text"))
    elif kind == "reasoning":
        draft.think(untrusted.text(part, "text"))
    elif kind == "image":
        draft.attach(None, kind="image")
    elif kind == "info":
        draft.note(untrusted.text(part, "text"))
    elif kind == "tool-call":
        state = untrusted.text(part, "state")
        draft.tool(untrusted.text(part, "toolName"), failed=state == "error", unfinished=state == "call")
    else:
        draft.unknown(kind)
