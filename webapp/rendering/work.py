"""A bound on the cost of one rendering: a number of steps, and a time limit for costs outside of the steps."""

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
#: Seconds of CPU time of the rendering thread.
MOST_SECONDS = 1.0
#: Steps between two checks of the clock.
_CHECK_INTERVAL = 32


class TooComplexError(Exception):
    """A text costs too much to format.

    `is_final` says that the text has too many steps on every machine. Otherwise the time limit was over.
    """

    def __init__(self, *, is_final: bool) -> None:
        super().__init__("The text is too complex to format.")
        self.is_final = is_final


class Work:
    """Counts the steps of one rendering. The same text takes the same number of steps on every machine.

    A step is: a position in a line where inline rules are tried, a line where block rules are tried, a token, a token
    of highlighted code, two characters of a formula, or a hundred characters of HTML.
    """

    def __init__(self, most_steps: int = MOST_STEPS, most_seconds: float = MOST_SECONDS) -> None:
        self.steps = 0
        self._most_steps = most_steps
        self._deadline = thread_time() + most_seconds
        self._next_check = 0

    def spend(self, steps: int = 1) -> None:
        """Count steps. Raises TooComplexError for too many steps, or after the time limit."""
        self.steps += steps
        if self.steps >= self._next_check:
            self._check()

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items and count each as a step. The clock is checked for each, because some take very long."""
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
    """Make the parser count its steps in `env["work"]`, which every environment must have.

    Two rules that never match run before all others.
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
