"""What an upload of Claude has beside chats: projects, memories, and the manifest of a set of archives.

No chat names its project, so projects are reported with what they hold and never attached to chats.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.claude.source import is_project
from webapp.importers.json_stream import read_elements
from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member

#: Categories of a manifest that hold account data.
_PRIVATE = ("light_metadata",)
_MOST_NAMED = 5


def is_manifest(value: Any) -> bool:
    files = untrusted.items(value, "data_files")
    return any({"category", "filename"} <= untrusted.mapping(one).keys() for one in files)


def is_memory(value: Any) -> bool:
    return isinstance(value, dict) and bool({"conversations_memory", "project_memories", "memory_files"} & value.keys())


def project_names(members: Sequence[Member]) -> dict[str, str]:
    """Return the names of projects by their ids."""
    return {untrusted.name(one, "uuid"): untrusted.text(one, "name") for member in members for one in _objects(member)}


def left_out_projects(members: Sequence[Member]) -> Iterator[LeftOut]:
    """Yield each project with what it holds."""
    for member in members:
        for project in _objects(member):
            reason = f"It is a project with {_holdings(project)}. The export does not say which chats are in it."
            title = texts.clean_line(untrusted.at(project, "name"), 200)
            yield LeftOut(place=member.name, kind=left_out.NOT_A_CHAT, reason=reason, title=title)


def _holdings(project: Any) -> str:
    """Return what a project holds, in words."""
    names = [untrusted.text(one, "filename") for one in untrusted.items(project, "docs")]
    holds = [f"{len(names)} document{'s' * (len(names) != 1)} ({_named(names)})"] if names else []
    holds += ["instructions"] if untrusted.text(project, "prompt_template").strip() else []
    return " and ".join(holds) or "nothing in it"


def left_out_memories(members: Sequence[Member]) -> Iterator[LeftOut]:
    for member in members:
        count = sum(1 for one in _objects(member) if is_memory(one) and any(one.values()))
        if count:
            reason = "It holds what Claude remembers about you, which is no chat."
            yield LeftOut(place=member.name, kind=left_out.NOT_A_CHAT, reason=reason, count=count)


def missing_archives(bundle: Bundle, members: Sequence[Member]) -> Iterator[LeftOut]:
    """Yield the categories that a manifest lists and the upload does not have. Its links are never followed."""
    for member in members:
        listed = Counter(untrusted.text(one, "category") for one in _data_files(member))
        for category, count in listed.items():
            missing = 0 if category in _PRIVATE else count - _count_here(bundle, category)
            if missing > 0:
                shown = texts.clean_line(category) or "an unknown category"
                reason = f"The manifest lists {_archives(count)} of “{shown}”, and {count - missing or 'none'} is here."
                kind = left_out.MISSING_PART
                yield LeftOut(place=member.name, kind=kind, reason=reason, count=missing, title=shown)


def _archives(count: int) -> str:
    return "one archive" if count == 1 else f"{count} archives"


def _count_here(bundle: Bundle, category: str) -> int:
    """Return how many archives of a category are here, by the files and folders that they hold."""
    names = [member.name.lower().split("/") for member in bundle.members]
    files = sum(name[-1] == f"{category}.json".lower() for name in names)
    return files or any(category.lower() in name for name in names)


def _named(names: list[str]) -> str:
    shown = ", ".join(texts.file_name(name) for name in names[:_MOST_NAMED])
    return shown + ("…" if len(names) > _MOST_NAMED else "")


def _objects(member: Member) -> Iterator[dict[str, Any]]:
    """Yield the objects of an array, or the object that the file is."""
    whole: dict[str, Any] = {}
    with member.open() as stream:
        for element in read_elements(stream):
            first = element.path[0] if element.path else None
            if isinstance(first, int) and isinstance(element.value, dict):
                yield element.value
            elif isinstance(first, str) and len(element.path) > 1:
                whole.setdefault(first, []).append(element.value)
            elif isinstance(first, str):
                whole[first] = element.value
    if is_project(whole) or is_memory(whole) or "uuid" in whole:
        yield whole


def _data_files(member: Member) -> Iterator[Any]:
    with member.open() as stream:
        for element in read_elements(stream):
            if element.path[:1] == ("data_files",):
                yield element.value
