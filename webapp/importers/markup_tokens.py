"""Tags and texts of HTML, from the start to the end in a time that grows with its length alone.

The standard library's parser needs minutes for a few hundred kilobytes of comments that do not end.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Elements that no reader sees.
_DROPPED = frozenset(("script", "style", "template", "noscript", "head", "title", "button", "svg", "iframe", "object"))
#: Elements whose content is no HTML.
_RAW = {tag: re.compile(rf"</{tag}\b[^>]*>", re.IGNORECASE) for tag in ("script", "style", "iframe", "title")}
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:[^"'>]|"[^"]*+"|'[^']*+')*+)>""")
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:.-]*+)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_TAG_START = re.compile(r"</?[a-zA-Z]")


class Token(NamedTuple):
    """A text, or a tag with its lower-case name. `closes` says that it is an end tag."""

    text: str = ""
    tag: str = ""
    closes: bool = False
    attributes: str = ""

    def attribute(self, name: str) -> str:
        """Return the value of an attribute, or an empty text."""
        for found in _ATTRIBUTE.finditer(self.attributes):
            if found.group(1).lower() == name:
                return unescape(found.group(2).strip("\"'"))
        return ""


def shown_tokens(html: str) -> Iterator[Token]:
    """Yield what a reader sees: the tokens outside of dropped elements."""
    dropped = ""
    depth = 0
    for token in _tokens(html):
        if dropped:
            if token.tag == dropped:
                depth += -1 if token.closes else 1
            if depth == 0:
                dropped = ""
        elif token.tag not in _DROPPED:
            yield token
        elif not token.closes and not token.attributes.rstrip().endswith("/"):
            dropped, depth = token.tag, 1


def _tokens(html: str) -> Iterator[Token]:
    at = 0
    while at < len(html):
        start = html.find("<", at)
        start = len(html) if start < 0 else start
        if start > at:
            yield Token(unescape(html[at:start]))
        if html.startswith(("<!", "<?"), start):
            at = _after(html, start, "-->" if html.startswith("<!--", start) else ">")
        elif (found := _TAG.match(html, start)) is not None:
            tag = found.group(2).lower()
            yield Token(tag=tag, closes=bool(found.group(1)), attributes=found.group(3))
            at = found.end()
            if tag in _RAW and not found.group(1):
                end = _RAW[tag].search(html, at)
                at = end.start() if end else len(html)
        elif _TAG_START.match(html, start):
            # A tag that does not end: all that follows is its text.
            yield Token(unescape(html[start:]))
            return
        else:
            if start < len(html):
                yield Token("<")
            at = start + 1


def _after(html: str, start: int, end: str) -> int:
    found = html.find(end, start)
    return len(html) if found < 0 else found + len(end)
