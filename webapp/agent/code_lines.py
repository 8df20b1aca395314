"""The place in a Markdown text that grows: at the beginning of a line, or in code."""

from __future__ import annotations

import re

#: A fence, also in a quote or as the beginning of a list item.
_FENCE = re.compile(r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})(.*)")
#: Characters of a line's beginning that can matter for a fence.
_KEPT = 200


class CodeLines:
    """Reads a text from its beginning, in any pieces."""

    def __init__(self) -> None:
        self._line = ""
        self._ticks = 0
        self._fence = ""

    def copy(self) -> CodeLines:
        other = CodeLines()
        other._line, other._ticks, other._fence = self._line, self._ticks, self._fence
        return other

    @property
    def is_line_start(self) -> bool:
        return not self._line.strip()

    @property
    def is_code(self) -> bool:
        """Whether the next character is in fenced code, or after an odd number of backticks in its line."""
        return self.is_fenced or bool(self._ticks % 2)

    @property
    def is_fenced(self) -> bool:
        return bool(self._fence or _FENCE.match(self._line))

    def read(self, text: str) -> None:
        first, *others = text.split("\n")
        self._extend(first)
        for line in others:
            self._end_line()
            self._extend(line)

    def _extend(self, text: str) -> None:
        self._line += text[: _KEPT - len(self._line)]
        self._ticks += text.count("`")

    def _end_line(self) -> None:
        found = _FENCE.match(self._line)
        if found and not self._fence:
            self._fence = found[1]
        elif found and found[1].startswith(self._fence) and not found[2].strip():
            self._fence = ""
        self._line, self._ticks = "", 0
