"""The only HTML that has a meaning in a message: `<br>`, `<sub>…</sub>` and `<sup>…</sup>`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
#: What is raised or lowered is short, and ends in the same line of text.
_SHIFTED = re.compile(r"<(su[bp])>((?:(?!</?su[bp]>)[^\n]){1,200}?)</\1>", re.IGNORECASE)


def own_tags(parser: MarkdownIt) -> None:
    """Add the rule to the parser."""
    parser.inline.ruler.before("autolink", "own_tags", _own_tag)


def _own_tag(state: StateInline, silent: bool) -> bool:
    """Read one of the tags. A tag without its other half stays text. An inline rule."""
    if not state.src.startswith("<", state.pos):
        return False
    if found := _BREAK.match(state.src, state.pos, state.posMax):
        if not silent:
            state.push("hardbreak", "br", 0)
        state.pos = found.end()
        return True
    shifted = _SHIFTED.match(state.src, state.pos, state.posMax)
    if not shifted:
        return False
    if not silent:
        _push_shifted(state, shifted)
    state.pos = shifted.end()
    return True


def _push_shifted(state: StateInline, found: re.Match[str]) -> None:
    name, limit = found[1].lower(), state.posMax
    state.push(f"{name}_open", name, 1)
    state.pos, state.posMax = found.start(2), found.end(2)
    state.md.inline.tokenize(state)
    state.push(f"{name}_close", name, -1)
    state.posMax = limit
