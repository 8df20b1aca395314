"""Incremental rendering of Markdown that is still being written, at a bounded cost."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from webapp.rendering.block_completion import blocks, open_blocks, without_undecided_line
from webapp.rendering.cache import RenderCache, streaming_parser
from webapp.rendering.formula_ends import opens_formula
from webapp.rendering.markdown import parse, render_within, write_html
from webapp.rendering.sanitize import clean_html
from webapp.rendering.too_complex import plain_html
from webapp.rendering.work import MOST_SECONDS, MOST_STEPS, TooComplexError, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

#: Blocks in which no formula begins.
_WITHOUT_FORMULAS = {"fence", "code_block", "math_block", "hr"}
#: The work for all renderings of one growing message, in multiples of `MOST_STEPS`.
_MOST_RENDERINGS = 30


class GrowingMarkdown:
    """Renders one growing text.

    Blocks that no later line can change are rendered once. The last block is rendered each time, with its open marks
    closed. The last rendering equals the finished message, except that link reference definitions are not resolved.

    One rendering may cost as much as one message, and all together `_MOST_RENDERINGS` times that. Beyond it the text
    is shown as plain text.
    """

    def __init__(self) -> None:
        self._source = self._finished_html = ""
        self._done = 0
        self._cache = RenderCache()
        self._is_too_complex = False
        self._headings: list[int] = []
        self._steps_left = _MOST_RENDERINGS * MOST_STEPS

    def render(self, text: str) -> str:
        """Return safe HTML of the text so far. It continues from the last call if the text grew, or starts over."""
        return "".join(self.parts(text))

    def parts(self, text: str) -> tuple[str, str]:
        """Return the HTML in two parts: the finished blocks, which only grow, and the open part, which may change.

        For a text that is too complex the first part is empty.
        """
        source = _readable(text)
        if not source.startswith(self._source):
            self.__init__()  # type: ignore[misc]
        self._source = source
        if not self._is_too_complex:
            try:
                return self._render_parts()
            except TooComplexError:
                self._is_too_complex = True
        return "", clean_html(plain_html(source))

    def _render_parts(self) -> tuple[str, str]:
        work = Work(min(MOST_STEPS, self._steps_left), MOST_SECONDS)
        self._cache.begin_rendering()
        try:
            open_part = self._render_open_part(work)
        finally:
            self._steps_left -= work.steps
        return self._finished_html, open_part

    def _render_open_part(self, work: Work) -> str:
        tail, parser = self._source[self._done :], streaming_parser()
        shown = without_undecided_line(tail)
        env = {"cache": self._cache, "work": work, "open": open_blocks(shown), "headings": [*self._headings]}
        tokens = parse(shown, parser, env)
        if len(_outermost(tokens)) > 1 and self._finish_blocks(work):
            return self._render_open_part(work)
        return write_html(tokens, parser, env)

    def _finish_blocks(self, work: Work) -> bool:
        """Render the blocks before the last one for the last time. Return whether there were any.

        Only complete lines count, because they decide where a block begins.
        """
        lines = self._source[self._done : self._source.rfind("\n") + 1]
        starts = [0, *_starts(lines, work)[1:]]
        finished = [render_within(lines[start:end], work, self._headings) for start, end in pairwise(starts)]
        self._finished_html += "".join(finished)
        self._done += starts[-1]
        return len(starts) > 1


def _readable(text: str) -> str:
    """Return the text with LF line ends only and without lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _outermost(tokens: Sequence[Token]) -> list[tuple[int, str]]:
    """Return the first line and the type of every top-level block."""
    return [(token.map[0], token.type) for token in tokens if token.map and not token.level]


def _starts(lines: str, work: Work) -> list[int]:
    """Return the offsets of the top-level blocks, up to the first that may be part of a longer formula."""
    outermost = _outermost(blocks(lines, work))
    line_starts = [0, *(match.end() for match in re.finditer("\n", lines))]
    starts = [line_starts[first] for first, _ in outermost]
    for number, (start, end) in enumerate(pairwise(starts)):
        if outermost[number][1] not in _WITHOUT_FORMULAS and opens_formula(lines, start, end):
            return starts[: number + 1]
    return starts
