"""Uploads that a test writes itself."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.exports import EXPORTS, Upload, read_exports

if TYPE_CHECKING:
    from collections.abc import Mapping


def sample(name: str) -> Any:
    """Return the JSON of a file below `tests/exports/`; a list of the lines of a JSONL file."""
    text = (EXPORTS / name).read_text(encoding="utf-8")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


def read_json(value: Any, name: str = "upload.json", format_name: str | None = None) -> Upload:
    return read_text(json.dumps(value), name, format_name)


def read_text(text: str, name: str = "upload.txt", format_name: str | None = None) -> Upload:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        return read_exports(path, format_name=format_name)


def read_zip(members: Mapping[str, bytes | str]) -> tuple[Upload, dict[str, bytes]]:
    """Read an archive. The second value has the bytes of the files of its messages, by name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export.zip")
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return _with_files(path)


def _with_files(path: Path) -> tuple[Upload, dict[str, bytes]]:
    from webapp.importers.bundle import open_bundle
    from webapp.importers.reading import read_upload
    from webapp.importers.records import ImportedConversation, LeftOut

    with open_bundle([path]) as bundle:
        found = list(read_upload(bundle))
        conversations = [one.record for one in found if isinstance(one.record, ImportedConversation)]
        files = {
            file.name: file.open().read() for one in conversations for message in one.messages for file in message.files
        }
    left_out = [one.record for one in found if isinstance(one.record, LeftOut)]
    return Upload({one.origin for one in found if one.origin}, conversations, left_out), files
