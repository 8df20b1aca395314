"""The blocks of Markdown that HTML becomes: paragraphs, headings, lists, quotations, tables and code."""

from __future__ import annotations

import re

from webapp.importers import texts

#: Levels of lists and quotations that are shown.
_DEEPEST = 8
_BLOCK_START = re.compile(r"^(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|\d{1,9}(?=[.)](?:\s|$))|={3,}|-{3,})", re.MULTILINE)


class Blocks:
    """Collects inline text, and makes a block of it where one opens or closes. `code` is the open code block."""

    def __init__(self) -> None:
        self.inline: list[str] = []
        self.code: list[str] | None = None
        self._language = ""
        self._is_code_done = False
        self._done: list[tuple[str, bool]] = []
        #: The number of the next item of each open list; None for bullets.
        self._lists: list[int | None] = []
        self._marker = ""
        self._quotes = 0
        self._heading = ""
        self._rows: list[list[str]] | None = None

    def text(self) -> str:
        """End everything that is open, and return the blocks."""
        self._end_table()
        if self.code is not None:
            self.end_code(is_block=True)
        self._flush()
        pieces: list[str] = []
        was_item = False
        was_quoted = False
        for block, is_item in self._done:
            is_quoted = block.startswith(">")
            between = "\n" if is_item and was_item else "\n>\n" if is_quoted and was_quoted else "\n\n"
            pieces += [between, block]
            was_item, was_quoted = is_item, is_quoted
        return "".join(pieces).strip("\n")

    def open(self, tag: str, start: str) -> None:
        if tag in ("td", "th") and self._rows:
            self.inline.clear()
            return
        if self._rows is not None and tag != "tr":
            self.inline.append(" ")
            return
        self._flush()
        self._begin(tag, start)

    def _begin(self, tag: str, start: str) -> None:
        if tag in ("ul", "ol"):
            first = int(start) if re.fullmatch(r"[0-9]{1,9}", start) else 1
            self._lists.append(None if tag == "ul" else first)
        elif tag == "li":
            self._begin_item()
        elif tag == "blockquote":
            self._quotes += 1
        elif re.fullmatch("h[1-6]", tag):
            self._heading = "#" * int(tag[1]) + " "
        elif tag == "pre":
            self.code, self._language, self._is_code_done = [], "", False
        elif tag == "table":
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag == "hr":
            self._add("---")

    def close(self, tag: str) -> None:
        if self._rows is not None:
            if tag == "table":
                self._end_table()
            elif tag in ("td", "th") and self._rows:
                self._rows[-1].append(self._taken())
            return
        self._flush()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        self._heading = ""
        if tag == "li":
            self._marker = ""

    def begin_code(self, language: str) -> None:
        self.code, self._language = [], language

    def add_code(self, text: str) -> None:
        if self.code is not None and not self._is_code_done:
            self.code.append(text)

    def end_code(self, *, is_block: bool) -> None:
        """End the text of the code, or its whole block."""
        if not is_block:
            self._is_code_done = True
            return
        code = "".join(self.code or [])
        self.code = None
        if code.strip():
            self._add(texts.fence(code.strip("\n"), self._language))

    def _begin_item(self) -> None:
        number = self._lists[-1] if self._lists else None
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _taken(self) -> str:
        lines = (re.sub(r"[ \t]+", " ", line).strip() for line in "".join(self.inline).split("\n"))
        self.inline.clear()
        return "\n".join(lines).strip("\n")

    def _flush(self) -> None:
        if text := self._taken():
            escaped = _BLOCK_START.sub(_escape_start, text).replace("\n", "  \n")
            self._add(self._heading + (escaped.replace("  \n", " ") if self._heading else escaped))

    def _add(self, block: str) -> None:
        depth = min(len(self._lists), _DEEPEST)
        indentation = "   " * max(depth - 1, 0)
        first = indentation + (self._marker or ("   " if depth else ""))
        other = indentation + ("   " if depth else "")
        quote = "> " * min(self._quotes, _DEEPEST)
        lines = block.split("\n")
        shown = [quote + first + lines[0], *(quote + other + line if line else quote.rstrip() for line in lines[1:])]
        self._done.append(("\n".join(shown), bool(self._marker)))
        self._marker = ""

    def _end_table(self) -> None:
        rows = [row for row in self._rows or [] if any(row)]
        self._rows = None
        if not rows:
            return
        width = min(max(len(row) for row in rows), 100)
        lines = ["| " + " | ".join(_cell(row[i] if i < len(row) else "") for i in range(width)) + " |" for row in rows]
        self._add("\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]))


def _escape_start(found: re.Match[str]) -> str:
    start = found.group()
    return f"{start}\\" if start.isdigit() else f"\\{start}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
