"""File names for people, safe on every system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes, so that a name with its date and number stays below the limits of file systems and archives.
_LONGEST = 120
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\s]+')
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)")


def safe_name(text: str, default: str = "Untitled") -> str:
    """Return a text as a file name: no separators, no control or direction marks, no device of Windows."""
    plain = "".join(character for character in unicodedata.normalize("NFC", text) if _is_visible(character))
    plain = _FORBIDDEN.sub(" ", plain).strip(" .")
    return _shortened(_DEVICES.sub(r"\1_", plain)).strip(" .") or default


def safe_file_name(text: str) -> str:
    """Return the name of a file; a short ending stays."""
    stem, dot, ending = safe_name(text, "file").rpartition(".")
    if not dot or not stem or len(ending) > 10:
        return safe_name(text, "file")
    whole = re.sub(r"\s", " ", text).rpartition(".")[0]
    return f"{safe_name(whole, 'file')}.{ending}"


class Names:
    """Gives each file of a folder another name, also where case makes no difference."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, stem: str, ending: str = "") -> str:
        for name in _numbered(stem, ending):
            if name.casefold() not in self._taken:
                self._taken.add(name.casefold())
                return name
        raise AssertionError("There is always another number.")


def _numbered(stem: str, ending: str) -> Iterator[str]:
    yield f"{stem}{ending}"
    number = 2
    while True:
        yield f"{stem} ({number}){ending}"
        number += 1


def _is_visible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] != "C"


def _shortened(text: str) -> str:
    return text.encode()[:_LONGEST].decode(errors="ignore")
