"""The last block of a text that is still being written: the undecided line, and the open blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.rendering.markdown import message_parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from webapp.rendering.work import Work

#: A last line with marks only, or with the start of a fence. Its meaning depends on the next character: shown at once,
#: the `-` of a list item would turn the paragraph above into a heading for a moment.
_UNDECIDED = re.compile(r"[\s>]*(?:[-=*_#+>|:`~$\s]+|[0-9]{1,9}[.)]?\s*|`{3,}[^`]*|~{3,}.*)")
_BLANK_END = re.compile(r"(?:\A|\n)[ \t>]*\n\Z")


def without_undecided_line(text: str) -> str:
    """Return the text without its last line if the meaning of that line is not decided yet."""
    head, newline, last = text.rpartition("\n")
    return head + newline if _UNDECIDED.fullmatch(last) else text


def open_blocks(text: str) -> set[str]:
    """Return the types of blocks that the next character can continue."""
    if not text.endswith("\n"):
        return {"paragraph_open", "heading_open", "th_open", "td_open"}
    return set() if _BLANK_END.search(text) else {"paragraph_open"}


def blocks(text: str, work: Work) -> list[Token]:
    """Return the block tokens of a text without parsing inline content."""
    parser = message_parser()
    return parser.block.parse(text, parser, {"work": work}, []) or []


def last_leaf(tokens: Sequence[Token]) -> int:
    """Return the index of the last token with content, such as a fence or inline text. Return -1 if there is none."""
    for index in range(len(tokens) - 1, -1, -1):
        kind = tokens[index].type
        empty_cell = kind in {"td_open", "th_open"} or (kind == "inline" and not tokens[index].content)
        if not kind.endswith("_close") and not empty_cell:
            return index
    return -1


def is_open_fence(token: Token) -> bool:
    """Say whether a fence has no closing line yet."""
    first, end = token.map or (0, 0)
    lines = token.content.count("\n") + (not token.content.endswith("\n"))
    return token.type == "fence" and bool(token.content) and lines > end - first - 2
