"""Exports with damage: values of other types, keys that are gone or doubled, bytes that are cut."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.exports import Upload, read_exports
from webapp.importers.errors import UnreadableUpload

if TYPE_CHECKING:
    from random import Random

ODD = (
    None, True, False, 0, -1, 3, 2.5, 1e308, float("nan"), float("inf"), 10**400, "", "x", "\0", "\ud800", "2024-01-01",
    "[", [], {}, [None], [[]], [{}], {"type": 1}, {"id": [], "text": {}}, [1, "x", None], {"$date": {"$numberLong": "x"}},
    "9" * 5000, "root", "data:image/png;base64,###",
)  # fmt: skip


def damaged(document: Any, random: Random) -> Any:
    """Return a copy with some values replaced, dropped, doubled or exchanged."""
    document = copy.deepcopy(document)
    for _ in range(random.randint(1, 6)):
        places = list(_places(document))
        if not places:
            break
        holder, key = random.choice(places)
        what = random.choice(("odd", "odd", "odd", "drop", "copy", "exchange"))
        if what == "odd":
            holder[key] = copy.deepcopy(random.choice(ODD))
        elif what == "drop":
            del holder[key]
        elif what == "copy" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            other, other_key = random.choice(places)
            holder[key] = copy.deepcopy(other[other_key])
    return document


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
    return found


def survives(data: bytes, format_name: str | None, name: str = "upload") -> Upload | None:
    """Read bytes as an upload: records, or None if it says that it cannot be read. Anything else is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        try:
            upload = read_exports(path, format_name=format_name)
        except UnreadableUpload:
            return None
    for conversation in upload.conversations:
        assert conversation.messages
        for message in conversation.messages:
            assert message.content.strip() or message.files
            assert "\0" not in message.content
            message.content.encode()
            for file in message.files:
                file.name.encode()
        conversation.title.encode()
    return upload


def survives_damage(document: Any, format_name: str, random: Random, *, lines: bool = False) -> None:
    """Read a damaged copy of a document, whole and cut anywhere, as the format and as what it then seems to be."""
    broken = damaged(document, random)
    if lines and isinstance(broken, list):
        data = "\n".join(json.dumps(one) for one in broken).encode()
    else:
        data = json.dumps(broken, indent=random.choice((None, 1))).encode()
    for cut in (data, data[: random.randint(0, len(data))]):
        survives(cut, format_name)
        survives(cut, None)
