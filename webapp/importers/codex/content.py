"""The content of a message: texts, and pictures as `data:` URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.inline_files import data_url_file, inline_file

if TYPE_CHECKING:
    from collections import Counter

    from webapp.importers.records import ImportedFile


class ContentReader:
    """Reads the content of the messages of one session, and counts what is missing."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._files = 0

    def read(self, content: Any) -> tuple[str, list[ImportedFile]]:
        if isinstance(content, str):
            return texts.clean(content), []
        blocks: list[str] = []
        files: list[ImportedFile] = []
        for part in content if isinstance(content, list) else ():
            kind = untrusted.text(part, "type")
            if kind in ("input_text", "output_text", "text"):
                blocks.append(_without_marks(untrusted.text(part, "text")))
            elif kind == "code":
                blocks.append(texts.fence(untrusted.text(part, "code"), untrusted.text(part, "language")))
            elif kind in ("input_image", "image"):
                url = untrusted.text(part, "image_url") or untrusted.text(part, "image_url", "url")
                blocks += self.image(url, files)
            else:
                self._counts[left_out.UNKNOWN_PART] += 1
                blocks.append(texts.note(f"part of an unknown kind: {kind or 'without a name'}"))
        return texts.join_blocks(blocks), files

    def image(self, url: str, files: list[ImportedFile]) -> list[str]:
        file = data_url_file(url, self._files + 1)
        if file is None:
            self._counts[left_out.MISSING_FILE] += 1
            return [texts.missing_file(texts.file_name(url, "") if "/" in url else "", "image")]
        self._files += 1
        files.append(file)
        return []

    def picture(self, data: str) -> ImportedFile | None:
        """Return the file of a picture that the model made, or None if it is not there."""
        file = inline_file(data, "image/png", self._files + 1)
        self._files += file is not None
        return file


def _without_marks(text: str) -> str:
    """Return a part of a message, without the tags around a picture in the next part."""
    return "" if text.strip() in ("<image>", "</image>") or text.startswith("<image name=") else text
