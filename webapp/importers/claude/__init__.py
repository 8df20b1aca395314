"""Claude: data exports from 2024 to 2026, as one archive or a set of them, and the shape of the web's own API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.assets import Assets
from webapp.importers.attempts import attempt, unreadable
from webapp.importers.captures import unwrapped
from webapp.importers.claude import beside, conversation
from webapp.importers.claude.source import MESSAGES, copies_of, entries, is_chat, is_design, is_listed, is_project
from webapp.importers.copies import Copies, Verdict
from webapp.importers.probe import probe
from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.entries import Entry
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_TESTS = (is_chat, is_listed, is_design, is_project, beside.is_memory, beside.is_manifest)


class Claude:
    name = "claude"
    label = "Claude"

    def claims(self, probe: Probe) -> bool:
        return any(test(value) for value in _candidates(probe) for test in _TESTS)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        found = _sorted(bundle, members)
        names = beside.project_names(found["projects"])
        others = [member for member in bundle.members if not member.base.lower().endswith(".json")]
        known = conversation.Beside(Assets(others), names)
        copies = copies_of(found["chats"])
        for position, entry in enumerate(entries(found["chats"])):
            record = _record(entry, position, copies, known)
            if record is not None:
                yield record
        yield from beside.left_out_projects(found["projects"])
        yield from beside.left_out_memories(found["memories"])
        yield from beside.missing_archives(bundle, found["manifests"])


FORMAT = Claude()


def _candidates(probe: Probe) -> Iterator[Any]:
    yield from probe.objects()
    if probe.shape == "object":
        yield probe.members
        for value in list(probe.members.values())[:20]:
            yield from value if isinstance(value, list) else [value]


def _sorted(bundle: Bundle, members: Sequence[Member]) -> dict[str, list[Member]]:
    """Return the claimed files by what they hold, and those that only their folder tells."""
    found: dict[str, list[Member]] = {"chats": [], "projects": [], "memories": [], "manifests": []}
    for member in members:
        candidates = list(_candidates(probe(member)))
        kinds = {"manifests": beside.is_manifest, "memories": beside.is_memory, "projects": is_project}
        kind = next((kind for kind, test in kinds.items() if any(map(test, candidates))), "chats")
        found[kind].append(member)
    claimed = {member.name for member in members}
    for member in bundle.members:
        folder = member.name.rpartition("/")[0].rpartition("/")[2]
        if member.name not in claimed and member.base.endswith(".json") and folder in _FOLDERS:
            found[_FOLDERS[folder]].append(member)
    return found


_FOLDERS = {"projects": "projects", "design_chats": "chats"}


def _record(entry: Entry, position: int, copies: Copies, known: conversation.Beside) -> Record | None:
    """Return the record of an entry; None for one of an index whose chat has a file of its own."""
    if entry.error is not None:
        return unreadable(entry.place, entry.error)
    chat = unwrapped(entry.value)
    chat_id = untrusted.name(chat, "uuid")
    if is_listed(chat) and not untrusted.items(chat, MESSAGES) and copies.knows(chat_id):
        return None
    verdict = copies.verdict(chat_id, position)
    title = texts.clean_line(chat.get("name"), 200)
    if verdict is Verdict.COPY:
        reason = "A fuller copy of this chat is in the same upload."
        return LeftOut(place=entry.place, kind=left_out.DUPLICATE, reason=reason, title=title)
    keeps_id = verdict is Verdict.KEEP
    return attempt(entry.place, lambda: conversation.read(entry.place, entry.value, known, keeps_id=keeps_id))
