"""The files beside the conversations of a ChatGPT export: assets and their names, the manifest, shared chats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, untrusted
from webapp.importers.assets import Assets
from webapp.importers.chatgpt.conversation import Beside
from webapp.importers.json_stream import read_elements
from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.importers.bundle import Bundle, Member

#: Names of uploads and pictures in an export of any year.
_ASSET = re.compile(r"^(file[-_].+|.+\.dat)$|(^|/)(dalle-generations|user-[^/]+)/[^/]+$", re.IGNORECASE)
_DATA = (".json", ".jsonl", ".html", ".zip")
_OTHER_DATA = {
    "message_feedback.json": "It holds your ratings of answers, which are not kept.",
    "model_comparisons.json": "It holds your comparisons of models, which are not kept.",
    "group_chats.json": "It holds group chats, which are not read.",
    "shopping.json": "It holds searches for products, which are no chats.",
    "sora.json": "It holds videos and their prompts, which are no chats.",
}
#: A list of names that is longer is none.
_MOST_BYTES = 64_000_000
_MOST_NAMED = 5


def beside_of(bundle: Bundle) -> Beside:
    names = _names(bundle)
    members = [member for member in bundle.members if _is_asset(member, names)]
    return Beside(Assets(members, names), frozenset(_shared(bundle)))


def missing_shards(bundle: Bundle) -> Iterator[LeftOut]:
    """Yield what a manifest lists and the upload does not have."""
    for manifest in _named(bundle, "export_manifest.json"):
        listed = {name for key, value in _members(manifest) for name in _listed(key, value)}
        folder = manifest.name.rpartition("/")[0]
        there = {member.base for member in bundle.members if member.name.rpartition("/")[0] == folder}
        missing = sorted(listed - there)
        if missing:
            reason = f"The export says {len(listed)} files of chats, {len(listed) - len(missing)} are here. Missing: "
            reason += ", ".join(missing[:_MOST_NAMED]) + ("…" if len(missing) > _MOST_NAMED else ".")
            yield LeftOut(place=manifest.name, kind=left_out.MISSING_PART, reason=reason, count=len(missing))


def other_data(bundle: Bundle) -> Iterator[LeftOut]:
    """Yield the files beside the chats that hold something else, if there is something in them."""
    for name, reason in _OTHER_DATA.items():
        for member in _named(bundle, name):
            if any(True for _ in _members(member)):
                yield LeftOut(place=member.name, kind=left_out.NOT_A_CHAT, reason=reason)


def unused_files(beside: Beside) -> Iterator[LeftOut]:
    """Yield one entry for the assets that no message has named."""
    unused = beside.assets.unused()
    if unused:
        names = ", ".join(beside.assets.original_name(member) for member in unused[:_MOST_NAMED])
        reason = f"No message that was shown names them: {names}{'…' if len(unused) > _MOST_NAMED else '.'}"
        yield LeftOut(place=unused[0].name, kind=left_out.UNUSED_FILE, reason=reason, count=len(unused))


def _is_asset(member: Member, names: dict[str, str]) -> bool:
    if member.base in names:
        return True
    is_data = member.base.lower().endswith(_DATA) and not member.base.lower().startswith(("file-", "file_"))
    return not is_data and bool(_ASSET.search(member.base) or _ASSET.search(member.name))


def _names(bundle: Bundle) -> dict[str, str]:
    """Return the original names of assets by their names in the export, and by their ids."""
    names: dict[str, str] = {}
    for member in _named(bundle, "library_files.json"):
        for _, value in _members(member):
            asset_id = untrusted.name(value, "file_id") or untrusted.name(value, "id", "id")
            if asset_id and untrusted.text(value, "file_name"):
                names[asset_id] = untrusted.text(value, "file_name")
    for member in _named(bundle, "conversation_asset_file_names.json"):
        names.update({key: value for key, value in _members(member) if key and isinstance(value, str)})
    return names


def _shared(bundle: Bundle) -> Iterator[str]:
    for member in _named(bundle, "shared_conversations.json"):
        for _, value in _members(member):
            yield untrusted.name(value, "conversation_id")


def _listed(key: str, value: Any) -> Iterator[str]:
    """Yield the names of the shards in a manifest, of both shapes."""
    if key == "logical_files":
        value = untrusted.mapping(value).get("conversations.json")
        yield from (untrusted.name(one) or untrusted.name(one, "name") for one in untrusted.items(value, "files"))
    elif key == "files" and untrusted.text(value, "name") == "conversations.json":
        yield from (untrusted.name(one) or untrusted.name(one, "name") for one in untrusted.items(value, "shards"))


def _named(bundle: Bundle, name: str) -> Iterator[Member]:
    return (member for member in bundle.members if member.base == name and member.size <= _MOST_BYTES)


def _members(member: Member) -> Iterator[tuple[str, Any]]:
    """Yield the values of an object or array with their keys. A broken file has none."""
    with member.open() as stream:
        for element in read_elements(stream):
            if element.error is None and element.path:
                yield str(element.path[0]), element.value
