"""The direction of lists, quotations and tables: that of the first letter in them.

`dir="auto"` would not look into their paragraphs, which have a direction of their own.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: Blocks whose marks stand on one side, or whose columns have an order.
_CONTAINERS = {"blockquote", "bullet_list", "ordered_list", "table"}
#: Blocks of text. A list item takes the direction of its list, so that its mark stands within the column.
_TEXTS = {"paragraph_open", "heading_open", "th_open", "td_open"}
_LETTER = re.compile(r"[^\W\d_]")
_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
#: Letters of a text that are looked at.
_MOST_LETTERS = 40


def directed_blocks(parser: MarkdownIt) -> None:
    """Add the rule to the parser. It runs on the blocks, before their lines are parsed."""
    parser.core.ruler.after("block", "directions", lambda state: _set_directions(state.tokens))


def _set_directions(tokens: Sequence[Token]) -> None:
    """Set `dir` on the blocks of a text."""
    waiting: list[Token] = []
    for token in tokens:
        name, _, edge = token.type.rpartition("_")
        if token.type in _TEXTS:
            token.attrSet("dir", "auto")
        elif name in _CONTAINERS and edge == "open":
            waiting.append(token)
        elif name in _CONTAINERS:
            waiting = [other for other in waiting if other.level != token.level]
        elif token.type in {"inline", "definition"} and waiting and (direction := _direction(token.content)):
            for container in waiting:
                container.attrSet("dir", direction)
            waiting = []


def _direction(text: str) -> str | None:
    """Return the direction of the first letter that has one."""
    for number, letter in enumerate(_LETTER.finditer(text)):
        direction = _DIRECTIONS.get(unicodedata.bidirectional(letter[0]))
        if direction or number > _MOST_LETTERS:
            return direction
    return None
