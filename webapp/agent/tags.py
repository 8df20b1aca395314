"""Tags that mark thoughts, such as `<think>` and `[THINK]`, in a text that may end within one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Names of tags by what they have in common. A thought ends at a closing tag of its own kind.
_KINDS = {
    "think": "think",
    "thinking": "think",
    "thought": "thought",
    "thoughts": "thought",
    "reasoning": "reasoning",
}
_NAMES = "|".join(sorted(_KINDS, key=len, reverse=True))
#: Characters of the attributes in a tag.
_LONGEST_ATTRIBUTES = 200
_TAG = re.compile(
    rf"<(?P<slash>/?)(?P<name>{_NAMES})(?:\s[^<>\n]{{0,{_LONGEST_ATTRIBUTES}}})?>|\[(?P<mistral>/?)(?-i:THINK)\]",
    re.IGNORECASE,
)
_BEGUN = re.compile(rf"</?([a-z]*)(\s[^<>\n]{{0,{_LONGEST_ATTRIBUTES}}})?", re.IGNORECASE)
_BRACKETS = ("[THINK]", "[/THINK]")
_LONGEST = _LONGEST_ATTRIBUTES + 20


class Tag(NamedTuple):
    """A tag in a text. The kinds `think` and `mistral` have no other use; the others are words of many languages."""

    start: int
    end: int
    text: str
    kind: str
    is_closing: bool

    @property
    def is_sure(self) -> bool:
        return self.kind in {"think", "mistral"}


def tags_in(text: str) -> Iterator[Tag]:
    for found in _TAG.finditer(text):
        name = found["name"]
        kind = _KINDS[name.lower()] if name else "mistral"
        yield Tag(found.start(), found.end(), found[0], kind, bool(found["slash"] or found["mistral"]))


def certain_length(text: str) -> int:
    """Return the length of the text without the beginning of a tag at its end."""
    begins = max(0, len(text) - _LONGEST)
    places = (text.rfind(mark, begins) for mark in "<[")
    return min((at for at in places if at >= 0 and _is_begun(text[at:])), default=len(text))


def _is_begun(text: str) -> bool:
    if text.startswith("["):
        return any(tag.startswith(text) for tag in _BRACKETS)
    found = _BEGUN.fullmatch(text)
    if found is None:
        return False
    name = found[1].lower()
    return name in _KINDS if found[2] else any(each.startswith(name) for each in _KINDS)
