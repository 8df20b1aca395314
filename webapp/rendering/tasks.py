"""Task lists: `- [ ] open`, `- [x] done`. The boxes are read-only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.token import Token

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

#: GitHub Flavored Markdown, section 5.3.
_BOX = re.compile(r"\[([ xX])\][ \t\n\v\f\r]")
_LISTS = {"bullet_list_open", "ordered_list_open"}
_LIST_ENDS = {"bullet_list_close", "ordered_list_close"}

_DONE = '<span class="task">☑</span><span class="unseen"> done:</span>'
_OPEN = '<span class="task">☐</span><span class="unseen"> to do:</span>'


def task_lists(parser: MarkdownIt) -> None:
    """Add task lists to the parser."""
    parser.core.ruler.after("inline", "tasks", _mark_tasks)


def _mark_tasks(state: StateCore) -> None:
    """Put a box before the text of each task, and mark its list as a task list.

    A stack holds the lists around the current token, which takes linear time. The plugin of mdit-py-plugins walks back
    over all tokens from each task.
    """
    around: list[Token] = []
    tokens = state.tokens
    for number, token in enumerate(tokens):
        if token.type in _LISTS:
            around.append(token)
        elif token.type in _LIST_ENDS:
            around.pop()
        elif token.type == "inline" and around and tokens[number - 2].type == "list_item_open":
            _mark_task(token, tokens[number - 2], around[-1], follows=tokens[number - 1])


def _mark_task(words: Token, item: Token, around: Token, *, follows: Token) -> None:
    box = _BOX.match(words.content)
    if box is None or follows.type != "paragraph_open" or not words.children:
        return
    words.children[0].content = words.children[0].content[3:]
    words.children.insert(0, Token("html_inline", "", 0, content=_OPEN if box[1] == " " else _DONE))
    words.content = words.content[3:]
    item.attrSet("class", "task-list-item")
    around.attrSet("class", "contains-task-list")
