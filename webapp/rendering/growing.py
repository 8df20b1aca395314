"""Markdown that is still being written, rendered as it grows: cheaply, and without taking back what was shown."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from webapp.rendering.clean import clean_html
from webapp.rendering.markdown import is_cut, plain_html, render_markdown
from webapp.rendering.memory import Memory, growing_parser
from webapp.rendering.unfinished import blocks, open_blocks, showable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

#: The beginning of a formula between `$$` that goes on for lines, even over blank ones.
_FORMULA = re.compile(r"^\$\$(?!.*\$\$)", re.MULTILINE)
_LONGEST_FORMULA = 4_000


class GrowingMarkdown:
    """One text, from its first characters to its last.

    Blocks that no further line can change are rendered once. The last one is rendered each time, with its open
    marks closed and without what may yet become something else. Definitions of link references are not followed.
    """

    def __init__(self) -> None:
        self._source = self._settled = ""
        self._done = 0
        self._memory = Memory()

    def render(self, text: str) -> str:
        """Return safe HTML of what can be shown of the text so far. It goes on from the last one, or starts anew."""
        return "".join(self.parts(text))

    def parts(self, text: str) -> tuple[str, str]:
        """Return the same in two: what stays as it is, of which there is only ever more, and what may still change."""
        source = _readable(text)
        if not source.startswith(self._source):
            self._settled, self._done = "", 0
        self._source = source
        self._memory.turn()
        moving = self._moving()
        return self._settled, moving

    def _moving(self) -> str:
        tail, parser = self._source[self._done :], growing_parser()
        shown = showable(tail)
        env = {"memory": self._memory, "open": open_blocks(tail, shown)}
        try:
            tokens = parser.parse(shown, env)
            if len(_outermost(tokens)) > 1 and self._settle():
                return self._moving()
            html = plain_html(tail) if is_cut(tokens, parser) else parser.renderer.render(tokens, parser.options, env)
        except RecursionError:
            html = plain_html(tail)
        return clean_html(html)

    def _settle(self) -> bool:
        """Render for good the blocks before the last one, if there are any. Whole lines say where a block begins."""
        lines = self._source[self._done : self._source.rfind("\n") + 1]
        starts = [0, *_starts(lines)[1:]]
        self._settled += "".join(render_markdown(lines[start:end]) for start, end in pairwise(starts))
        self._done += starts[-1]
        return len(starts) > 1


def _readable(text: str) -> str:
    """Return the text with one kind of line end, and without halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _outermost(tokens: Sequence[Token]) -> list[tuple[int, str]]:
    """Return the first line and the kind of every block that is in no other."""
    return [(token.map[0], token.type) for token in tokens if token.map and not token.level]


def _starts(lines: str) -> list[int]:
    """Return where the outermost blocks begin, up to the first that may yet be part of a longer formula."""
    outermost = _outermost(blocks(lines))
    line_starts = [0, *(match.end() for match in re.finditer("\n", lines))]
    starts = [line_starts[first] for first, _ in outermost]
    for number, (start, end) in enumerate(pairwise(starts)):
        is_words = outermost[number][1] == "paragraph_open"
        if is_words and len(lines) - start < _LONGEST_FORMULA and _FORMULA.search(lines, start, end):
            return starts[: number + 1]
    return starts
