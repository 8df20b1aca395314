"""Markdown without its marks."""

from __future__ import annotations

import re
from html import unescape

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n?", re.MULTILINE)
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:#{1,6}|>|[-*+])[ \t]+)+(?:\[[ xX]\][ \t]+)?", re.MULTILINE)
#: The line below a table's head, below a heading, or between paragraphs.
_RULE = re.compile(r"^[ \t]*(?:[|:][-| :\t]*-[-| :\t]*|[-=*_]{3,})[ \t]*$\n?", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)
_DOUBLE = ("**", "__", "~~", "`")
_SINGLE = re.compile(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
#: The end of a link or image, with its address, also one that a cut left without its end. No part may be unbounded.
_ADDRESS = r"(?:<[^<>\n]{0,2000}>|[^()\s]{0,2000}(?:\([^()\s]{0,300}\)[^()\s]{0,300}){0,3})"
_TARGET = re.compile(rf"\]\({_ADDRESS}(?:[ \t]+[\"'(][^\n]{{0,300}}?[\"')])?(?:\)|$)")
_OPENING = re.compile(r"!?\[(?=[^\[\]\n]{0,1000}\x00)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_TAG = re.compile(r"</?(?:br|sub|sup|b|i|em|strong|u|s|p|div|span|kbd)\b[^<>\n]{0,200}>", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
#: Private characters that stand for escaped ones while marks are removed.
_HIDDEN = 0xE000


def plain_text(source: str) -> str:
    """Return the text of a Markdown source: without fences, marks, addresses of links, tags, escapes and entities.

    Words do not change, so a search finds in the result what it finds in the source, except in addresses.
    """
    if "```" in source or "~~~" in source:
        source = _FENCE.sub("", source)
    text = _hide_escapes(source)
    text = _LINE_MARK.sub("", _RULE.sub("", text))
    if "|" in text:
        text = _ROW.sub("", text)
    if "](" in text:
        text = _OPENING.sub("", _TARGET.sub("\0", text)).replace("\0", "")
    if "<" in text:
        text = _TAG.sub(" ", _AUTOLINK.sub(r"\1", text))
    for mark in _DOUBLE:
        text = text.replace(mark, "")
    text = _SINGLE.sub("", text) if "*" in text or "_" in text else text
    return _show_escapes(text)


def _hide_escapes(text: str) -> str:
    """Replace escaped characters and entities by private characters, which are no marks."""
    if "\\" in text:
        text = _ESCAPED.sub(lambda match: chr(_HIDDEN + ord(match[1])), text)
    if "&" in text:
        text = _ENTITY.sub(lambda match: _hidden(unescape(match[0])), text)
    return text


def _hidden(text: str) -> str:
    return "".join(chr(_HIDDEN + ord(c)) if " " < c < "\x7f" else c for c in text)


def _show_escapes(text: str) -> str:
    if text.isascii():
        return text
    return "".join(chr(ord(c) - _HIDDEN) if _HIDDEN < ord(c) < _HIDDEN + 0x7F else c for c in text)
