"""The account export of Grok: `prod-grok-backend.json` with the chats, and its files by their ids beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, untrusted
from webapp.importers.grok.assets import Assets
from webapp.importers.grok.chats import conversation
from webapp.importers.json_files import Entry, built, candidates, with_unique_ids
from webapp.importers.json_stream import read_elements
from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_BESIDE = {
    "projects": "A project is no chat",
    "tasks": "A task is no chat",
    "media_posts": "A generated picture is no chat",
    "media_generations": "A generated picture is no chat",
}


class Grok:
    """The format of `{"conversations": [{"conversation", "responses"}]}`."""

    name = "grok"
    label = "Grok"

    def claims(self, probe: Probe) -> bool:
        return any(
            isinstance(one.get("conversation"), dict) and isinstance(one.get("responses"), list)
            for one in candidates(probe, "conversations")
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        assets = Assets(bundle)
        for member in members:
            yield from with_unique_ids(_read(member, assets))
        if unused := assets.unused():
            reason = "No message names these files."
            yield LeftOut(place=members[0].name, kind=left_out.UNUSED_FILE, reason=reason, count=unused)


FORMAT = Grok()


def _read(member: Member, assets: Assets) -> Iterator[Record]:
    names: dict[str, list[str]] = {}
    with member.open() as stream:
        for element in read_elements(stream):
            key = element.path[0] if element.path else ""
            if element.error is None and key in _BESIDE:
                names.setdefault(str(key), []).append(_name(element.value))
            elif element.error is not None or _is_chat(element.value):
                place = f"{member.name}, item {int(element.path[-1]) + 1}" if _has_number(element.path) else member.name
                entry = Entry(place, element.value, element.error)
                yield built(entry, lambda place, value: conversation(place, value, assets))
    for key, found in names.items():
        named = ", ".join(f"“{name}”" for name in found[:5] if name)
        reason = f"{_BESIDE[key]}: {named}." if named else f"{_BESIDE[key]}."
        yield LeftOut(place=f"{member.name}, {key}", kind=left_out.NOT_A_CHAT, reason=reason, count=len(found))


def _name(value: Any) -> str:
    return re.sub(r"\s+", " ", untrusted.text(value, "name") or untrusted.text(value, "title"))[:80]


def _is_chat(value: Any) -> bool:
    return isinstance(value, dict) and ("responses" in value or "conversation" in value)


def _has_number(path: tuple[str | int, ...]) -> bool:
    return bool(path) and isinstance(path[-1], int)
