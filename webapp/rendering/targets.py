"""What a link leads to. What is no address, as in `calls[0](event)` or `<std::vector>`, stays in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.rules_inline.autolink import autolink
from markdown_it.rules_inline.link import link

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

#: An address with a host or a mailbox, a path of this app, or a place in the page.
_ADDRESS = re.compile(r"(?:https?:)?//[^\s/?#]|mailto:[^\s?]|/(?!/)|#.", re.IGNORECASE)
#: How such an address begins.
_BEGINNINGS = ("http://", "https://", "mailto:", "/", "#")
#: What an address in angle brackets begins with. The third form is one of mail.
_IN_ANGLES = re.compile(r"<(?:https?://[^\s<>/?#]|mailto:[^\s<>?]|[^\s<>:@]{1,100}@)", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\n]*")


def real_targets(parser: MarkdownIt) -> None:
    """Make the parser's rules read only links that lead somewhere."""
    parser.inline.ruler.at("link", _link)
    parser.inline.ruler.at("autolink", _autolink)


def is_address(address: str) -> bool:
    """Say whether a link with this address leads somewhere."""
    return _ADDRESS.match(address) is not None


def may_become_address(part: str) -> bool:
    """Say whether a part of a target may be the beginning of an address."""
    part = part.lstrip("<").lower()
    return any(part.startswith(beginning) or beginning.startswith(part) for beginning in _BEGINNINGS)


def _link(state: StateInline, silent: bool) -> bool:
    """Read a link with the library's rule. Without a real target, only `[label]` may be a link. An inline rule."""
    if not state.src.startswith("[", state.pos):
        return False
    limit = state.posMax
    end = state.md.helpers.parseLinkLabel(state, state.pos, True)
    if end < 0:
        return False
    if state.src.startswith("(", end + 1) and not _has_address(state, end + 2):
        state.posMax = end + 1
    is_link = link(state, silent)
    state.posMax = limit
    return is_link


def _has_address(state: StateInline, start: int) -> bool:
    found = _BLANKS.match(state.src, start, state.posMax)
    target = state.md.helpers.parseLinkDestination(state.src, found.end() if found else start, state.posMax)
    return bool(target.ok) and is_address(state.md.normalizeLink(target.str))


def _autolink(state: StateInline, silent: bool) -> bool:
    """Read an address in angle brackets with the library's rule. An inline rule."""
    return _IN_ANGLES.match(state.src, state.pos, state.posMax) is not None and autolink(state, silent)
