"""The pictures, recordings and uploads of a message: files where their bytes are in the export, else visible notes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted

if TYPE_CHECKING:
    from collections import Counter

    from webapp.importers.assets import Assets
    from webapp.importers.records import ImportedFile

_SCHEME = re.compile(r"^[a-z-]+://")
_SANDBOX_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\(sandbox:([^)\s]{0,1000})\)")
_KINDS = {"image": "image", "audio": "recording", "video": "video"}


@dataclass(slots=True)
class MessageFiles:
    """Collects the files of one message. Each file is there once, also if a part and the metadata name it.

    `made` has files that the chat made, by name, if a capture holds them.
    """

    assets: Assets
    counts: Counter[str]
    attachments: list[Any]
    made: dict[str, ImportedFile] = field(default_factory=dict)
    found: list[ImportedFile] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def pointer(self, value: Any, kind: str) -> str:
        """Take the file of a pointer such as `sediment://file_1`. Return the note if it is not there."""
        asset_id = asset_id_of(value)
        return self._take([asset_id], self._attached_name(asset_id), kind)

    def attached(self) -> list[str]:
        """Take the attachments that no part has named. Return the notes of those that are not there."""
        notes = []
        for item in self.attachments:
            ids = [untrusted.name(item, key) for key in ("id", "file_id")]
            if isinstance(item, dict) and not self._seen.intersection(filter(None, ids)):
                kind = _KINDS.get(untrusted.text(item, "mime_type").partition("/")[0], "file")
                notes.append(self._take(ids, untrusted.text(item, "name"), kind))
        return notes

    def links(self, text: str) -> str:
        """Resolve links to files that the chat made. Their bytes are not in an export, but in some captures."""
        return _SANDBOX_LINK.sub(self._link, text) if "(sandbox:" in text else text

    def _link(self, match: re.Match[str]) -> str:
        label, name = match[1].strip(), texts.file_name(match[2])
        file = self.made.get(name)
        if file is None:
            if name not in self._seen:
                self.counts[left_out.MISSING_FILE] += 1
            note = texts.missing_file(name)
            self._seen.add(name)
            return f"{label} {note}" if label else note
        if name not in self._seen:
            self.found.append(file)
        self._seen.add(name)
        return label or name

    def rest(self) -> None:
        """Take the captured files that nothing has named."""
        for name in self.made:
            if file := self._captured(name):
                self.found.append(file)

    def _captured(self, name: str) -> ImportedFile | None:
        if not name or name in self._seen:
            return None
        self._seen.add(name)
        return self.made.get(name)

    def _take(self, ids: list[str], name: str, kind: str) -> str:
        known = [one for one in ids if one]
        if known and self._seen.intersection(known):
            return ""
        self._seen.update(known)
        for asset_id in known:
            file = self.assets.find(asset_id, texts.file_name(name, "") if name else "")
            if file is not None:
                self.found.append(file)
                return ""
        if file := self._captured(texts.file_name(name, "")):
            self.found.append(file)
            return ""
        self.counts[left_out.MISSING_FILE] += 1
        shown = name or next((found for one in known if (found := self.assets.name_of(one))), "")
        return texts.missing_file(texts.file_name(shown, ""), kind)

    def _attached_name(self, asset_id: str) -> str:
        for item in self.attachments:
            if asset_id and asset_id in (untrusted.name(item, "id"), untrusted.name(item, "file_id")):
                return untrusted.text(item, "name")
        return ""


def asset_id_of(pointer: Any) -> str:
    """Return the id of a pointer: `file_1` of `sediment://file_1#page?x=1`."""
    plain = _SCHEME.sub("", untrusted.name(pointer))
    return re.split(r"[#?]", plain, maxsplit=1)[0].strip("/").rpartition("/")[2]
