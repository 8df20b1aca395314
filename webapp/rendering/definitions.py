"""Definitions of links, `[1]: https://a.example`. One that is no address, or that nothing uses, stays in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markdown_it.common.utils import normalizeReference, unescapeAll

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

#: A definition on one line. A label that begins with `^` belongs to a footnote.
_DEFINITION = re.compile(
    r"\[(?P<label>(?!\^)(?:[^\[\]\\]|\\.){1,300})\]:[ \t]+<?(?P<address>(?:https?://|mailto:)[^\s<>]{1,2000})>?"
    r"""(?:[ \t]+["'(](?P<title>[^"'()\n]{0,300})["')])?[ \t]*\Z""",
    re.IGNORECASE,
)
_INDENT_OF_CODE = 4


class _Definitions(dict[str, dict[str, Any]]):
    """The definitions of a text. It remembers which were used."""

    def __init__(self) -> None:
        super().__init__()
        self.used: set[str] = set()

    def __getitem__(self, label: str) -> dict[str, Any]:
        self.used.add(label)
        return super().__getitem__(label)

    def get(self, label: str, default: Any = None) -> Any:
        self.used.add(label)
        return super().get(label, default)


def kept_definitions(parser: MarkdownIt) -> None:
    """Add the rules to the parser."""
    parser.core.ruler.before("block", "definitions", _begin)
    parser.block.ruler.at("reference", _definition)
    parser.core.ruler.after("inline", "unused_definitions", _show_unused)


def _begin(state: StateCore) -> None:
    state.env.setdefault("references", _Definitions())


def _definition(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Read a definition that is not there yet. A block rule."""
    if silent or state.sCount[start] - state.blkIndent >= _INDENT_OF_CODE:
        return False
    found = _DEFINITION.match(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    references = state.env.get("references")
    label = normalizeReference(found["label"]) if found else ""
    if not found or references is None or not label or label in references:
        return False
    address = state.md.normalizeLink(unescapeAll(found["address"]))
    references[label] = {"title": found["title"] or "", "href": address, "map": [start, start + 1]}
    state.line = start + 1
    state.push("paragraph_open", "p", 1).map = [start, start + 1]
    token = state.push("definition", "", 0)
    token.content, token.info, token.map = found[0].strip(), label, [start, start + 1]
    state.push("paragraph_close", "p", -1)
    return True


def _show_unused(state: StateCore) -> None:
    """Remove each definition that a link uses, and parse the others as text."""
    used = state.env["references"].used
    kept: list[Token] = []
    is_removed = False
    for number, token in enumerate(state.tokens):
        following = state.tokens[number + 1] if number + 1 < len(state.tokens) else None
        if token.type == "paragraph_open" and following and following.type == "definition":
            is_removed = following.info in used
        if not is_removed:
            kept.append(_as_text(token, state) if token.type == "definition" else token)
        is_removed = is_removed and token.type != "paragraph_close"
    state.tokens = kept


def _as_text(token: Token, state: StateCore) -> Token:
    token.type, token.children = "inline", []
    env = {**state.env, "references": {}}
    state.md.inline.parse(token.content, state.md, env, token.children)
    return token
