"""A bound on what one rendering may cost: steps that are counted, and a time limit where counting missed something."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

T = TypeVar("T")

#: Steps of one rendering. A step costs about five microseconds, and dense Markdown takes one for every two characters.
MOST_STEPS = 150_000
#: Seconds of processor time of the thread that renders.
MOST_SECONDS = 1.0
#: Steps between two looks at the clock.
_CHECK_INTERVAL = 32


class TooComplexError(Exception):
    """A text costs more to format than anybody wants to wait.

    `is_final` says that the same text always ends so. Otherwise a slow machine did not get there in time.
    """

    def __init__(self, *, is_final: bool) -> None:
        super().__init__("The text is too complex to format.")
        self.is_final = is_final


class Work:
    """Counts the steps of one rendering. The same text takes the same number of them on every machine.

    Steps are: a place in a line at which rules of the parser are tried, a line at which rules for blocks are tried,
    a token, a piece of coloured code, ten characters of a formula, a hundred characters of HTML.
    """

    def __init__(self, most_steps: int = MOST_STEPS, most_seconds: float = MOST_SECONDS) -> None:
        self.steps = 0
        self._most_steps = most_steps
        self._deadline = thread_time() + most_seconds
        self._next_check = 0

    def spend(self, steps: int = 1) -> None:
        """Count steps. Raises TooComplexError if they are too many, or if they took too long."""
        self.steps += steps
        if self.steps >= self._next_check:
            self._check()

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items, each of which is a step. The clock is looked at for each: some are very dear."""
        for item in items:
            self.steps += 1
            self._check()
            yield item

    def _check(self) -> None:
        self._next_check = self.steps + _CHECK_INTERVAL
        if self.steps > self._most_steps:
            raise TooComplexError(is_final=True)
        if thread_time() > self._deadline:
            raise TooComplexError(is_final=False)


def counts_work(parser: MarkdownIt) -> None:
    """Let the parser count its steps in `work`, which every environment that it is given must have.

    Two rules that never match come first wherever rules are tried.
    """
    alternatives = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("table", "work", _count_line, {"alt": alternatives})
    parser.inline.ruler.before("text", "work", _count_place)
    parser.core.ruler.after("block", "work_of_blocks", _count_blocks)
    parser.core.ruler.after("inline", "work_of_lines", _count_inline)


def _count_line(state: StateBlock, _start: int, _end: int, _silent: bool) -> bool:
    state.env["work"].spend()
    return False


def _count_place(state: StateInline, _silent: bool) -> bool:
    state.env["work"].spend()
    return False


def _count_blocks(state: StateCore) -> None:
    state.env["work"].spend(len(state.tokens))


def _count_inline(state: StateCore) -> None:
    state.env["work"].spend(sum(len(token.children or ()) for token in state.tokens))
