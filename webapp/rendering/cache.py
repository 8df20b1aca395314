"""The parser for incremental rendering, with a cache for the HTML of lines, code and formulas."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it.token import Token

from webapp.rendering.block_completion import is_open_fence, last_leaf
from webapp.rendering.inline_completion import completed
from webapp.rendering.markdown import make_parser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

#: Characters of an unfinished fence beyond which its end is not highlighted at once.
_LONG_CODE = 4_000


class RenderCache:
    """The HTML that the last rendering used. An entry stays as long as every rendering uses it."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, ...], str] = {}
        self._now: dict[tuple[str, ...], str] = {}

    def begin_rendering(self) -> None:
        """Drop the entries that the last rendering did not use."""
        self._before, self._now = self._now, {}

    def get(self, *key: str) -> str | None:
        """Return the HTML of the key, or None."""
        html = self._now.get(key, self._before.get(key))
        if html is not None:
            self._now[key] = html
        return html

    def put(self, *key: str, html: str) -> str:
        """Store the HTML and return it."""
        self._now[key] = html
        return html


@cache
def streaming_parser() -> MarkdownIt:
    """Return a parser that closes open marks at the end of the text.

    Its environment has a `cache`, the `work` of one rendering, and in `open` the types of blocks that may continue.
    """
    parser = make_parser()
    parser.core.ruler.after("directions", "complete", _complete)
    parser.core.ruler.after("complete", "from_cache", _from_cache)
    parser.core.ruler.push("to_cache", _to_cache)
    parser.add_render_rule("cached", lambda *arguments: arguments[1][arguments[2]].content)
    for name in ("fence", "code_block", "math_inline", "math_inline_double", "math_block"):
        parser.add_render_rule(name, _rendered_once(parser.renderer.rules[name]))  # type: ignore[attr-defined]
    return parser


def _complete(state: StateCore) -> None:
    """Close the open marks of the last block, and hide it if it is a paragraph without visible text."""
    leaf = last_leaf(state.tokens)
    token = state.tokens[leaf] if leaf >= 0 else None
    if token is None or token.type != "inline":
        if token is not None:
            token.meta["open"] = is_open_fence(token)
        return
    around = state.tokens[leaf - 1 : leaf + 2 : 2]
    if around[0].type not in state.env["open"]:
        return
    token.meta["open"] = True
    token.content = completed(token.content, state.md, state.env)
    if not token.content and around[0].type == "paragraph_open":
        for border in around:
            border.hidden = True


def _from_cache(state: StateCore) -> None:
    """Use the cached HTML of lines. Tasks are never cached, because their boxes change the list around them."""
    for token in state.tokens:
        if token.type != "inline" or "open" in token.meta or token.content.startswith("["):
            continue
        if (html := state.env["cache"].get("inline", token.content)) is None:
            token.meta["source"] = token.content
        else:
            token.content, token.children = "", [_cached(html)]


def _to_cache(state: StateCore) -> None:
    renderer, options, env = state.md.renderer, state.md.options, state.env
    for token in state.tokens:
        if "source" in token.meta:
            html = renderer.renderInline(token.children or [], options, env)  # type: ignore[attr-defined]
            token.children = [_cached(env["cache"].put("inline", token.meta["source"], html=html))]


def _cached(html: str) -> Token:
    return Token("cached", "", 0, content=html)


def _rendered_once(rule: Callable[..., str]) -> Callable[..., str]:
    """Return the render rule with a cache. Highlighting and formulas cost most."""

    def cached_or_rendered(token: Token, options: Any, env: Any) -> str:
        key = (token.type, token.info, token.content)
        html: str | None = env["cache"].get(*key)
        return env["cache"].put(*key, html=rule([token], 0, options, env)) if html is None else html

    def render(_renderer: Any, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        if not token.meta.get("open") or len(token.content) < _LONG_CODE:
            return cached_or_rendered(token, options, env)
        lines = token.content.rfind("\n", 0, _coloured(len(token.content))) + 1
        html = cached_or_rendered(token.copy(content=token.content[:lines]), options, env)
        before, end, after = html.rpartition("</code>")
        return f"{before}{escape(token.content[lines:])}{end}{after}"

    return render


def _coloured(length: int) -> int:
    """Return the number of characters of long code to highlight.

    It grows in steps of about a sixteenth, because each step highlights all the code again.
    """
    step = 1 << (length.bit_length() - 5)
    return length // step * step
