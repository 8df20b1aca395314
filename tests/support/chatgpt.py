"""Small conversations in ChatGPT's shape, and uploads of them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def said(role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    """Return a message; `more` are its other members, for example `recipient` and `metadata`."""
    content = more.pop("content", None) or {"content_type": "text", "parts": list(parts)}
    return {"author": {"role": role, "name": more.pop("name", None)}, "content": content, **more}


def chat(*messages: Any, **more: Any) -> dict[str, Any]:
    """Return a conversation whose messages follow each other, as n1, n2 and so on below a root."""
    mapping: dict[str, Any] = {"root": {"id": "root", "parent": None, "message": None}}
    for number, message in enumerate(messages, 1):
        before = f"n{number - 1}" if number > 1 else "root"
        mapping[f"n{number}"] = {"id": f"n{number}", "parent": before, "message": message}
    return {
        "title": "A chat",
        "current_node": f"n{len(messages)}",
        "conversation_id": "c-1",
        "mapping": mapping,
        **more,
    }


def saved(folder: Path, *conversations: Any, name: str = "conversations.json", **files: Any) -> Path:
    """Write conversations and other files (`__` in a key is a dot) to a folder, and return it."""
    (folder / name).write_text(json.dumps(list(conversations)))
    for key, value in files.items():
        path = folder / key.replace("__", ".")
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return folder


def zipped(path: Path, files: dict[str, Any]) -> Path:
    """Write an archive of files; what is no bytes is written as JSON."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, value in files.items():
            archive.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    path.write_bytes(buffer.getvalue())
    return path
