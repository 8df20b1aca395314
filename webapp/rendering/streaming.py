"""Markdown that is still being written, rendered again and again, at a bounded cost."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from webapp.rendering.block_completion import blocks, open_blocks, without_undecided_line
from webapp.rendering.cache import RenderCache, streaming_parser
from webapp.rendering.formulas import LONGEST_FORMULA
from webapp.rendering.markdown import parse, render_within, write_html
from webapp.rendering.sanitize import clean_html
from webapp.rendering.too_complex import plain_html
from webapp.rendering.work import MOST_SECONDS, MOST_STEPS, TooComplexError, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

#: The beginning of a formula between `$$` that goes on for lines, even over blank ones.
_FORMULA = re.compile(r"^\$\$(?!.*\$\$)", re.MULTILINE)
#: How many times the work of one message all pictures of a growing one may take.
_MOST_RENDERINGS = 30


class GrowingMarkdown:
    """One text, from its first characters to its last.

    Blocks that no further line can change are rendered once. The last one is rendered each time, with its open
    marks closed. The last picture is the finished message. Definitions of link references are not followed.

    One picture may cost as much as one message, and all together `_MOST_RENDERINGS` times that. From then on the
    text is shown as it is.
    """

    def __init__(self) -> None:
        self._source = self._finished_html = ""
        self._done = 0
        self._cache = RenderCache()
        self._is_too_complex = False
        self._steps_left = _MOST_RENDERINGS * MOST_STEPS

    def render(self, text: str) -> str:
        """Return safe HTML of what can be shown of the text so far. It goes on from the last one, or starts anew."""
        return "".join(self.parts(text))

    def parts(self, text: str) -> tuple[str, str]:
        """Return the same in two: what stays as it is, of which there is only ever more, and what may still change.

        Once the text is too complex, all of it may change.
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
        env = {"cache": self._cache, "work": work, "open": open_blocks(shown)}
        tokens = parse(shown, parser, env)
        if len(_outermost(tokens)) > 1 and self._finish_blocks(work):
            return self._render_open_part(work)
        return write_html(tokens, parser, env)

    def _finish_blocks(self, work: Work) -> bool:
        """Render for good the blocks before the last one, if there are any. Whole lines say where a block begins."""
        lines = self._source[self._done : self._source.rfind("\n") + 1]
        starts = [0, *_starts(lines, work)[1:]]
        self._finished_html += "".join(render_within(lines[start:end], work) for start, end in pairwise(starts))
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


def _starts(lines: str, work: Work) -> list[int]:
    """Return where the outermost blocks begin, up to the first that may yet be part of a longer formula."""
    outermost = _outermost(blocks(lines, work))
    line_starts = [0, *(match.end() for match in re.finditer("\n", lines))]
    starts = [line_starts[first] for first, _ in outermost]
    for number, (start, end) in enumerate(pairwise(starts)):
        is_words = outermost[number][1] == "paragraph_open"
        if is_words and len(lines) - start < LONGEST_FORMULA and _FORMULA.search(lines, start, end):
            return starts[: number + 1]
    return starts
