"""The numbers of list items: those that the author wrote, where they are not counted through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore


def list_numbers(parser: MarkdownIt) -> None:
    """Add the rule to the parser."""
    parser.core.ruler.after("block", "list_numbers", _keep_numbers)


def _keep_numbers(state: StateCore) -> None:
    """Set the value of each item that does not follow the one before.

    A number that repeats is counted on, as in `1. 1. 1.`: that is how lists are kept in order. A browser
    counts from the first number of a list, so `1. 3. 5.` would become 1, 2, 3.
    """
    around: list[tuple[str, int]] = []
    for token in state.tokens:
        if token.type in {"ordered_list_open", "bullet_list_open"}:
            around.append(("", -1))
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            around.pop()
        elif token.type == "list_item_open" and token.info:
            written, counted = around[-1]
            number = int(token.info)
            if counted >= 0 and token.info != written and number != counted + 1:
                token.attrSet("value", str(number))
                counted = number - 1
            around[-1] = (token.info, number if counted < 0 else counted + 1)
