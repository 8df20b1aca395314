"""The last line of a text that is still being written: what of it can be shown without being taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.rules_block.table import escapedSplit

from webapp.rendering.markdown import message_parser
from webapp.rendering.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_INDENT = r"(?:[\s>]|[-*+]\s|[0-9]{1,9}[.)]\s)*"
_MARKS = r"[-=*_#+>|:`~\[\]!$\\(^&<\s]*"

#: Lines of which the next character decides what they are: a heading, an item, a row, a rule, a fence, a formula.
_UNDECIDED = [
    re.compile(pattern)
    for pattern in (
        rf"{_MARKS}(?:[0-9]{{1,9}}[.)]?{_MARKS})?",
        rf"{_INDENT}(?:`{{3,}}[^`]*|~{{3,}}.*)",
        rf"{_INDENT}\[[xX]\]?\s*",
        rf"{_INDENT}\[[^\]]+\]:.*",
        rf"{_INDENT}\$\$[^$]*(?:\$\$?\s*)?",
    )
]

_BLANK_END = re.compile(r"(?:\A|\n)[ \t>]*\n\Z")
_MOST_COLUMNS = 100


def showable(text: str, work: Work | None = None) -> str:
    """Return what of an unfinished Markdown text will look the same, only longer, when more of it has come.

    A last line that has not yet said what it is stays away, and a table is one from its header row on.
    """
    work = work or Work()
    return _with_delimiters(_decided(text, work), work)


def open_blocks(text: str, shown: str) -> set[str]:
    """Return the kinds of blocks that go on with the next character if the last block shown is one of them."""
    if not text.endswith("\n") and shown.startswith(text):
        cells = set() if text.rstrip().endswith("|") else {"th_open", "td_open"}
        return {"paragraph_open", "heading_open", *cells}
    return set() if _BLANK_END.search(shown) else {"paragraph_open"}


def blocks(text: str, work: Work) -> list[Token]:
    """Return the blocks of a text without looking into their lines."""
    parser = message_parser()
    return parser.block.parse(text, parser, {"work": work}, []) or []


def last_leaf(tokens: Sequence[Token]) -> int:
    """Return where the last block is that has content of its own, or -1: a fence, or the words of a paragraph."""
    for index in range(len(tokens) - 1, -1, -1):
        kind = tokens[index].type
        empty_cell = kind in {"td_open", "th_open"} or (kind == "inline" and not tokens[index].content)
        if not kind.endswith("_close") and not empty_cell:
            return index
    return -1


def is_open_fence(token: Token) -> bool:
    """Say whether a fence's closing line is still to come."""
    first, end = token.map or (0, 0)
    lines = token.content.count("\n") + (not token.content.endswith("\n"))
    return token.type == "fence" and bool(token.content) and lines > end - first - 2


def _decided(text: str, work: Work) -> str:
    head, newline, last = text.rpartition("\n")
    if not any(pattern.fullmatch(last) for pattern in _UNDECIDED):
        return text
    fence = _fence_around(text, work)
    is_code = fence is not None and last.strip(f" \t>{fence.markup[0]}")
    return text if is_code else head + newline


def _fence_around(text: str, work: Work) -> Token | None:
    """Return the fence that was opened before the last line and goes on in it."""
    if "```" not in text and "~~~" not in text:
        return None
    tokens, number = blocks(text, work), text.count("\n")
    leaf = last_leaf(tokens)
    if leaf < 0 or tokens[leaf].type != "fence":
        return None
    first, end = tokens[leaf].map or (0, 0)
    return tokens[leaf] if first < number < end else None


def _with_delimiters(text: str, work: Work) -> str:
    """Give a header row at the end the row that makes it one."""
    *_, above, row = ("\n" + text.removesuffix("\n")).rsplit("\n", 2)
    before, pipe, cells = row.partition("|")
    is_first_row = pipe and re.fullmatch(_INDENT, before) and not re.match(rf"{_INDENT}\|", above)
    if not is_first_row or not _is_words(blocks(text, work)):
        return text
    columns = len(escapedSplit(cells.strip().removesuffix("|")))
    if columns > _MOST_COLUMNS:
        return text
    indent = re.sub(r"[^\s>]", " ", before)
    return text.removesuffix("\n") + f"\n{indent}|{'---|' * columns}\n"


def _is_words(tokens: Sequence[Token]) -> bool:
    """Say whether the last line belongs to a paragraph though it looks like a table's row."""
    leaf = last_leaf(tokens)
    is_paragraph = leaf > 0 and tokens[leaf - 1].type == "paragraph_open"
    return is_paragraph and tokens[leaf].content.rpartition("\n")[2].startswith("|")
