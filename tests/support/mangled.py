"""Real exports with values replaced, dropped, doubled and cut: whatever they are, reading them ends in an orderly way."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.support.exports import Upload, read_exports
from webapp.importers.errors import UnreadableUpload
from webapp.importers.left_out import KINDS

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

_ODD = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    10**40,
    10**400,
    "",
    "x",
    "\ud800",
    "\0",
    "2026-13-45T99:00:00Z",
    [],
    [[]],
    [None],
    {},
    {"a": {}},
    {"parts": 1},
]


def randoms() -> st.SearchStrategy[Random]:
    return st.randoms(use_true_random=False)


def mangled(document: Any, random: Random, times: int = 3) -> Any:
    """Return a copy of a JSON document that was changed at random places."""
    changed = copy.deepcopy(document)
    for _ in range(times):
        _change(changed, random)
    return changed


def cut(data: bytes, random: Random) -> bytes:
    """Return bytes of which a piece is missing, or whose end is."""
    start = random.randrange(len(data))
    return data[:start] + data[start + random.randrange(1, 50) :] if random.random() < 0.5 else data[:start]


def read_mangled(
    folder: Path, data: Any, name: str = "conversations.json", format_name: str | None = None
) -> Upload | None:
    """Read a document or bytes as an upload; None if it says that it cannot be read."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    try:
        upload = read_exports(path, format_name=format_name)
    except UnreadableUpload:
        return None
    _check(upload)
    return upload


def _check(upload: Upload) -> None:
    assert set(upload.counts) <= set(KINDS)
    for conversation in upload.conversations:
        assert conversation.messages
        assert len(conversation.title) <= 200
        for message in conversation.messages:
            assert message.content.strip() or message.files
            assert message.role == "assistant" or not (message.reasoning or message.model or message.finish_reason)
            for text in (message.content, message.reasoning or "", message.external_id or "", message.model or ""):
                assert "\0" not in text
                text.encode()
    ids = [conversation.external_id for conversation in upload.conversations if conversation.external_id]
    assert len(set(ids)) == len(ids)


def _change(document: Any, random: Random) -> None:
    """Go down at random, and change what is there."""
    value = document
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = random.choice(keys)
        inner = value[key]
        if isinstance(inner, (dict, list)) and inner and random.random() < 0.85:
            value = inner
            continue
        _replace(value, key, random)
        return


def _replace(holder: Any, key: Any, random: Random) -> None:
    kind = random.choice(["replace", "replace", "drop", "double"])
    if kind == "drop":
        del holder[key]
    elif kind == "double" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[key] = copy.deepcopy(random.choice(_ODD))
