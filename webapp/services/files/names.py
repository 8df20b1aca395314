"""Names of files, for people. They come from elsewhere and never become a path."""

from __future__ import annotations

import re
import unicodedata

#: Characters. Longer names keep their ending.
LONGEST = 200
_ENDING = re.compile(r"\.\w{1,12}$")
#: Categories of characters that are not seen, change the line, or cannot be stored.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Joiners: scripts and emoji need them.
_JOINERS = frozenset("\u200c\u200d")
NAMELESS = "file"


def clean_name(name: str) -> str:
    """Return what people see of a file's name: one line, no folders, no marks that reorder the text around it."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(map(_seen, last))
    line = " ".join(seen.split()).strip(".") and " ".join(seen.split())
    return _shortened(line) or NAMELESS


def _seen(character: str) -> str:
    if character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in _HIDDEN else character


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    found = _ENDING.search(name)
    ending = found.group() if found else ""
    return name[: LONGEST - len(ending) - 1].rstrip() + "…" + ending
