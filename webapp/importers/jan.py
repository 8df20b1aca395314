"""The data folder of Jan: `threads/<id>/thread.json` and `messages.jsonl` beside it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.draft import Draft
from webapp.importers.json_files import entries, whole
from webapp.importers.openai_content import say_content
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record


class Jan:
    """The formats of `{"assistants", "created", "title"}` and of lines `{"thread_id", "content": […]}`."""

    name = "jan"
    label = "Jan"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "object" and isinstance(probe.members.get("assistants"), list):
            return "created" in probe.members or probe.members.get("object") == "thread"
        found = [probe.members] if probe.shape == "object" else probe.objects()
        return any("thread_id" in one and "role" in one and isinstance(one.get("content"), list) for one in found)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        threads = {_folder(member): member for member in members if member.base == "thread.json"}
        for member in members:
            if member.base != "thread.json":
                yield from _read(member, threads.pop(_folder(member), None))
        for member in threads.values():
            yield empty_chat(member.name)


FORMAT = Jan()


def _folder(member: Member) -> str:
    return member.name.rpartition("/")[0]


def _read(member: Member, thread: Member | None) -> Iterator[Record]:
    facts = whole(thread)[0] if thread is not None else {}
    found: list[Any] = []
    for entry in entries(member):
        if entry.error is not None:
            yield unreadable(entry.place, entry.error)
        else:
            found.append(entry.value)
    yield attempt(member.name, lambda: _conversation(member.name, facts, found))


def _conversation(place: str, facts: dict[str, Any], found: list[Any]) -> Record:
    counts: Counter[str] = Counter()
    title = texts.clean_line(untrusted.text(facts, "title"), 200)
    model = untrusted.at(facts, "assistants", 0, "model")
    name = untrusted.text(model, "id") or untrusted.text(model) or None
    messages = [made for one in found if (made := _message(one, counts, name))]
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(facts, "id") or untrusted.name(found, 0, "thread_id") or None,
        title=title,
        messages=messages,
        create_time=parse_time(facts.get("created")),
        update_time=parse_time(facts.get("updated")),
        model=name,
        pinned=untrusted.at(facts, "metadata", "is_favorite") is True,
        left_out=+counts,
    )


def _message(value: Any, counts: Counter[str], model: str | None) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant"):
        counts[left_out.HIDDEN if role == "tool" else left_out.SYSTEM] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    say_content(draft, untrusted.at(value, "content"))
    if untrusted.text(value, "status") in ("error", "stopped"):
        draft.note("the answer was cut off")
    return draft.build(
        create_time=parse_time(untrusted.at(value, "created_at")),
        external_id=untrusted.name(value, "id") or None,
        model=model,
    )
