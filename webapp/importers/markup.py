"""HTML of exports as Markdown or plain text.

It is read from the start to the end without recursion, so that no nesting is too deep. Scripts, styles and hidden parts
are dropped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.importers import left_out, texts
from webapp.importers.markup_blocks import Blocks
from webapp.importers.markup_tokens import Token, shown_tokens

if TYPE_CHECKING:
    from collections import Counter

_BREAKS = frozenset(
    "address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~"}
_LANGUAGE = re.compile(r"\blanguage-([\w+#.-]{1,40})")
#: More open marks than any text has; a hostile one would make their closing slow.
_MOST_MARKS = 20
_PLAIN = re.compile(r"[\\`*~]|\](?=[(\[:])|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w{1,31};)")


def to_markdown(html: str, counts: Counter[str]) -> str:
    """Return HTML as Markdown. Its pictures become notes, counted in `counts`."""
    writer = _Writer(counts)
    for token in shown_tokens(html):
        if not token.tag:
            writer.said(token.text)
        elif token.closes:
            writer.closed(token.tag)
        else:
            writer.opened(token)
    return writer.blocks.text()


def plain_text(html: str) -> str:
    """Return the text of HTML with its line breaks, without any marks."""
    pieces = ["\n" if token.tag in _BREAKS or token.tag == "br" else token.text for token in shown_tokens(html)]
    return re.sub(r"\n{3,}", "\n\n", "".join(pieces)).strip()


class _Writer:
    def __init__(self, counts: Counter[str]) -> None:
        self.blocks = Blocks()
        self._counts = counts
        self._marks: list[tuple[str, int, str]] = []

    def opened(self, token: Token) -> None:
        tag = token.tag
        if self.blocks.code is not None:
            self._open_in_code(token)
        elif tag in _BREAKS:
            self._marks.clear()
            self.blocks.open(tag, token.attribute("start"))
        elif tag == "br":
            self.blocks.inline.append("\n")
        elif tag == "img":
            self._counts[left_out.MISSING_FILE] += 1
            self.blocks.inline.append(texts.missing_file(texts.clean_line(token.attribute("alt")), "image"))
        elif (tag in _MARKS or tag in ("a", "code")) and len(self._marks) < _MOST_MARKS:
            self._marks.append((tag, len(self.blocks.inline), token.attribute("href")))

    def _open_in_code(self, token: Token) -> None:
        if token.tag == "code":
            found = _LANGUAGE.search(token.attribute("class"))
            # What stands before it within the block is its caption.
            self.blocks.begin_code(found.group(1) if found else "")
        elif token.tag == "br":
            self.blocks.add_code("\n")

    def closed(self, tag: str) -> None:
        if self.blocks.code is not None:
            if tag in ("pre", "code"):
                self.blocks.end_code(is_block=tag == "pre")
        elif tag in _BREAKS:
            self._marks.clear()
            self.blocks.close(tag)
        elif any(mark[0] == tag for mark in self._marks):
            while True:
                opened, start, address = self._marks.pop()
                if opened == tag:
                    self._mark(tag, start, address)
                    return

    def _mark(self, tag: str, start: int, address: str) -> None:
        inside = "".join(self.blocks.inline[start:])
        del self.blocks.inline[start:]
        text = inside.strip()
        if not text:
            self.blocks.inline.append(inside)
            return
        before, after = inside[: len(inside) - len(inside.lstrip())], inside[len(inside.rstrip()) :]
        self.blocks.inline.append(f"{before}{_marked(tag, text, address)}{after}")

    def said(self, text: str) -> None:
        if self.blocks.code is not None:
            self.blocks.add_code(text)
        elif any(mark[0] == "code" for mark in self._marks):
            self.blocks.inline.append(text)
        else:
            self.blocks.inline.append(_PLAIN.sub(_escaped, re.sub(r"[ \t\r\n]+", " ", text)))


def _escaped(found: re.Match[str]) -> str:
    # A bracket after a backslash would begin or end a formula.
    return "&#93;" if found.group() == "]" else f"\\{found.group()}"


def _marked(tag: str, text: str, address: str) -> str:
    if tag == "a":
        plain = re.sub(r"\\(.)", r"\1", text).replace("&#93;", "]")
        return texts.link(plain, address) if address.lower().startswith(("https://", "http://")) else text
    if tag == "code":
        longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
        marks = "`" * (longest + 1)
        space = " " if "`" in (text[0], text[-1]) else ""
        return f"{marks}{space}{text}{space}{marks}"
    return f"{_MARKS[tag]}{text}{_MARKS[tag]}"
