"""One chat of LobeChat."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.draft import Draft
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.importers.records import ImportedMessage, Record


class Names:
    """The topics and sessions by id."""

    def __init__(self, topics: list[dict[str, Any]], sessions: list[dict[str, Any]]) -> None:
        self.topics = {untrusted.name(topic, "id"): topic for topic in topics}
        self._sessions = {untrusted.name(session, "id"): session for session in sessions}

    def session(self, key: str) -> str:
        """Return the title of a session, which is that of its assistant."""
        found = self._sessions.get(key)
        return texts.clean_line(untrusted.text(found, "title") or untrusted.text(found, "meta", "title"), 60)


def conversation(place: str, topic: str, session: str, found: list[Any], names: Names) -> Record:
    counts: Counter[str] = Counter()
    facts = names.topics.get(topic, {}) if topic else {}
    assistant = names.session(session or untrusted.name(found, 0, "sessionId"))
    title = texts.clean_line(untrusted.text(facts, "title") or ("" if topic else assistant), 200)
    messages = [made for one in _ordered(found) if (made := _message(one, counts))]
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=topic or (f"session {session}" if session else None),
        title=title,
        messages=messages,
        create_time=parse_time(untrusted.at(facts, "createdAt")) or messages[0].create_time,
        update_time=parse_time(untrusted.at(facts, "updatedAt")),
        tags=(assistant,) if topic and assistant else (),
        pinned=untrusted.at(facts, "favorite") in (True, 1),
        left_out=+counts,
    )


def _ordered(found: list[Any]) -> list[Any]:
    """Return the messages by time; one without a time stays behind the one before it."""
    keys: list[tuple[datetime, int]] = []
    moments = [parse_time(untrusted.at(one, "createdAt")) for one in found]
    before = min((moment for moment in moments if moment is not None), default=None)
    if before is None:
        return found
    for number, moment in enumerate(moments):
        before = moment or before
        keys.append((before, number))
    return [found[number] for _, number in sorted(keys)]


def _message(value: Any, counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant") or untrusted.name(value, "threadId"):
        is_branch = bool(untrusted.name(value, "threadId")) and role in ("user", "assistant")
        hidden = left_out.HIDDEN if role in ("tool", "function") else left_out.SYSTEM
        counts[left_out.BRANCH if is_branch else hidden] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    duration = untrusted.at(value, "reasoning", "duration")
    seconds = duration / 1000 if isinstance(duration, int | float) and not isinstance(duration, bool) else None
    draft.think(untrusted.text(value, "reasoning", "content"), seconds)
    draft.say(untrusted.text(value, "content"))
    for tool in untrusted.items(value, "tools"):
        draft.tool(untrusted.name(tool, "apiName") or untrusted.name(tool, "identifier"))
    for file in [*untrusted.items(value, "files"), *untrusted.items(value, "imageList")]:
        draft.attach(None, texts.file_name(untrusted.text(file, "name") or untrusted.text(file, "alt"), ""))
    draft.sources(
        (untrusted.text(one, "url"), untrusted.text(one, "title"))
        for one in untrusted.items(value, "search", "citations")
    )
    if error := untrusted.mapping(value, "error"):
        draft.note(f"error: {untrusted.text(error, 'message') or untrusted.name(error, 'type')}")
    return draft.build(
        create_time=parse_time(untrusted.at(value, "createdAt")),
        external_id=untrusted.name(value, "id") or None,
        model=untrusted.text(value, "model") or untrusted.text(value, "extra", "fromModel") or None,
    )
