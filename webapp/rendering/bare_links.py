"""Links from bare addresses: markdown-it's two rules, in linear time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.token import Token

from webapp.rendering.addresses import AddressFinder
from webapp.rendering.targets import is_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkify_it.main import Match  # type: ignore[import-untyped]
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

#: The schemes of links that `://` can follow. It is matched only at the end of the text before `://`. The
#: library's rule searches that whole text each time.
_SCHEME = re.compile(r"(?<![a-z0-9.+-])https?\Z", re.IGNORECASE)
_LONGEST_SCHEME = len("https")
#: Code, and marks of emphasis around words. An address ends before them, because no blank stands between the two.
_MARK = re.compile(r"`|\*\*(?!/)|~~|\*(?=\w[^*\s]{0,200}\*)")


def bare_links(parser: MarkdownIt) -> None:
    """Add a rule to the parser that makes links from bare addresses."""
    parser.linkify = AddressFinder()
    parser.inline.ruler.at("linkify", _with_scheme)
    parser.core.ruler.at("linkify", _in_texts)
    parser.enable("linkify")


def _with_scheme(state: StateInline, silent: bool) -> bool:
    """Read an address at its `://`, before the parser can take its characters for marks. An inline rule."""
    if not state.src.startswith("://", state.pos) or state.linkLevel > 0:
        return False
    scheme = _SCHEME.search(state.pending, max(0, len(state.pending) - _LONGEST_SCHEME))
    after_colon = state.pos + 1
    length = scheme and state.md.linkify.test_schema_at(state.src, f"{scheme[0]}:", after_colon)  # type: ignore[union-attr]
    if not scheme or not length:
        return False
    start = state.pos - len(scheme[0])
    words = _MARK.split(state.src[start : after_colon + length], maxsplit=1)[0].rstrip("*")
    address = state.md.normalizeLink(words)
    if not is_address(address) or not state.md.validateLink(address):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        _push_link(state, address, state.md.normalizeLinkText(words))
    state.pos = start + len(words)
    return True


def _push_link(state: StateInline, address: str, words: str) -> None:
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": address}
    state.push("text", "", 0).content = words
    closing = state.push("link_close", "a", -1)
    for token in (opening, closing):
        token.markup, token.info = "linkify", "auto"


def _in_texts(state: StateCore) -> None:
    """Make links in text tokens outside of links. A core rule."""
    finder = state.md.linkify
    for token in state.tokens:
        if token.type == "inline" and token.children and finder.pretest(token.content):  # type: ignore[union-attr]
            token.children = list(_linked(token.children, state))


def _linked(tokens: Sequence[Token], state: StateCore) -> Iterator[Token]:
    """Yield the tokens of a line with its links. The library's rule copies the whole list for each link."""
    finder, is_in_link, before = state.md.linkify, False, ""
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            is_in_link = token.type == "link_open"
        state.env["work"].spend()
        if token.type != "text" or is_in_link or not finder.test(token.content):  # type: ignore[union-attr]
            yield token
        else:
            matches = finder.match(token.content) or []  # type: ignore[union-attr]
            # The backslash in `http\://a.example` prevents a link.
            is_escaped = bool(matches) and matches[0].index == 0 and before == "text_special"
            yield from _split(token, matches[1:] if is_escaped else matches, state.md)
        before = token.type


def _split(token: Token, matches: Sequence[Match], parser: MarkdownIt) -> Iterator[Token]:
    """Yield a link for each address, and the text between them."""
    text, level, past = token.content, token.level, 0
    for match in matches:
        address = parser.normalizeLink(match.url)
        if not is_address(address) or not parser.validateLink(address):
            continue
        if match.index > past:
            yield Token("text", "", 0, content=text[past : match.index], level=level)
        yield Token("link_open", "a", 1, {"href": address}, level=level, markup="linkify", info="auto")
        yield Token("text", "", 0, content=_words(match, parser), level=level + 1)
        yield Token("link_close", "a", -1, level=level, markup="linkify", info="auto")
        past = match.last_index
    if past < len(text):
        yield Token("text", "", 0, content=text[past:], level=level)


def _words(match: Match, parser: MarkdownIt) -> str:
    """Return the text of a link. An address without a scheme is normalized with one, and shown without it."""
    words = str(match.text)
    if not match.schema:
        return parser.normalizeLinkText(f"http://{words}").removeprefix("http://")
    if match.schema == "mailto:" and words.lower().startswith("mailto:"):
        return parser.normalizeLinkText(f"mailto:{words}").removeprefix("mailto:")
    return parser.normalizeLinkText(words)
