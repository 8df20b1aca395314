"""Markdown without its marks."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n?", re.MULTILINE)
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+", re.MULTILINE)
_DOUBLE = ("**", "__", "~~", "`")
_SINGLE = re.compile(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")


def plain_text(source: str) -> str:
    """Return the text of a Markdown source without fences, emphasis, and the marks of headings, quotes and lists.

    Words do not change, so a search finds in the result what it finds in the source.
    """
    if "```" in source or "~~~" in source:
        source = _FENCE.sub("", source)
    text = _LINE_MARK.sub("", source)
    for mark in _DOUBLE:
        text = text.replace(mark, "")
    return _SINGLE.sub("", text) if "*" in text or "_" in text else text
