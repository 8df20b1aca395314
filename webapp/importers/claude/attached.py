"""Pasted texts and files of a message: texts in full under their names, files where their bytes are in the upload."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from webapp.importers.assets import Assets
    from webapp.importers.records import ImportedFile

_LISTS = ("files_v2", "files")
_IMAGE = re.compile(r"\.(png|jpe?g|gif|webp|heic|bmp|svg|tiff?)$", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"\.(py|js|ts|tsx|jsx|json|html|css|md|sql|sh|c|cpp|rs|go|java|rb|yaml|yml|toml|xml|csv)$", re.IGNORECASE
)


def pasted(message: Any) -> list[str]:
    """Return the texts that were pasted or attached, each as a block under its name."""
    return [
        texts.plain_block(_name(item) or "Pasted text", _content(item), _language(_name(item)))
        for item in untrusted.items(message, "attachments")
        if _content(item).strip()
    ]


def attached(
    message: Any, assets: Assets, made: Mapping[str, ImportedFile], counts: Counter[str]
) -> tuple[list[ImportedFile], list[str]]:
    """Return the files of a message, and the notes of those that are not in the upload.

    `made` has the files that a capture holds, by name.
    """
    found: list[ImportedFile] = []
    notes: list[str] = []
    rest = dict(made)
    for name, file_id, is_image in _files(message):
        file = assets.find(file_id, name) or rest.pop(texts.file_name(name, ""), None)
        if file is not None:
            found.append(file)
            continue
        counts[left_out.MISSING_FILE] += 1
        notes.append(texts.missing_file(texts.file_name(name, ""), "image" if is_image else "file"))
    return [*found, *rest.values()], notes


def _files(message: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield the name and id of each file without a text, and whether it is a picture. Lists repeat each other."""
    shown = {_name(item) for item in untrusted.items(message, "attachments") if _content(item).strip()}
    ids: set[str] = set()
    names: set[str] = set()
    for key in _LISTS:
        ids_before, names_before = set(ids), set(names)
        for item in untrusted.items(message, key):
            file_id, name = untrusted.name(item, "file_uuid") or untrusted.name(item, "uuid"), _name(item)
            is_again = file_id in ids if file_id and any(ids_before) else name in names_before
            if not isinstance(item, dict) or is_again or (name and name in shown):
                continue
            ids.add(file_id)
            names.add(name)
            yield name, file_id, untrusted.text(item, "file_kind") == "image" or bool(_IMAGE.search(name))
    for item in untrusted.items(message, "attachments"):
        name = _name(item)
        if isinstance(item, dict) and not _content(item).strip() and name not in names:
            names.add(name)
            yield name, untrusted.name(item, "id"), bool(_IMAGE.search(name))
    for item in filter(None, untrusted.items(message, "sync_sources")):
        yield _name(item) or untrusted.text(item, "config", "name") or untrusted.text(item, "type"), "", False


def _name(item: Any) -> str:
    return untrusted.text(item, "file_name") or untrusted.text(item, "name")


def _content(item: Any) -> str:
    return untrusted.text(item, "extracted_content") or untrusted.text(item, "content")


def _language(name: str) -> str:
    found = _LANGUAGE.search(name)
    return found[1].lower() if found else ""
