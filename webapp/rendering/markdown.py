"""Markdown as assistants write it: CommonMark with tables, strike-through, bare links, code colours, formulas."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from webapp.rendering.clean import clean_html
from webapp.rendering.code import render_code
from webapp.rendering.formulas import bracket_formulas, render_formula
from webapp.rendering.links import honest_links, render_image, render_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

#: Raised whenever the HTML of the same Markdown changes: what was kept of an older version is made anew.
VERSION = 2

_TICKED = '<span class="task">☑</span><span class="unseen"> done:</span>'
_OPEN = '<span class="task">☐</span><span class="unseen"> to do:</span>'

#: Blocks in which the text chooses its own direction.
_DIRECTED = {"paragraph_open", "heading_open", "th_open", "td_open", "blockquote_open", "list_item_open"}


def render_markdown(source: str) -> str:
    """Return the HTML of a Markdown text.

    Raw HTML in the source is shown as text. Images are not loaded: a link stands in their place. Links say where
    they lead if their words say something else. Headings begin at the third level, below the page's own.
    """
    parser = message_parser()
    try:
        tokens = parser.parse(source)
        html = plain_html(source) if is_cut(tokens, parser) else parser.renderer.render(tokens, parser.options, {})
    except RecursionError:
        html = plain_html(source)
    return clean_html(html)


def plain_html(source: str) -> str:
    """Show thousands of nested brackets or quotes as they are: nobody wrote them to be read as structure."""
    return f'<p class="plain">{escapeHtml(source)}</p>'


def is_cut(tokens: Sequence[Token], parser: MarkdownIt) -> bool:
    """Say whether the parser dropped what lies deeper than it goes."""
    deepest = int(parser.options["maxNesting"]) - 1
    return any(token.level >= deepest and token.type in {"blockquote_open", "list_item_open"} for token in tokens)


@cache
def message_parser() -> MarkdownIt:
    """Return the parser of finished messages."""
    return make_parser()


def make_parser() -> MarkdownIt:
    """Make a parser with all the rules, whose render rules may be changed."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "strikethrough", "linkify"])
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.use(tasklists_plugin, enabled=False)
    parser.use(bracket_formulas)
    parser.core.ruler.push("minutebook", _finish)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _finish(state: StateCore) -> None:
    """Lower the headings by two levels, let blocks find their own direction, drop inline style, mend the links."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        if token.type in {"th_open", "td_open"} and (style := token.attrs.pop("style", None)):
            token.attrSet("class", str(style).replace("text-align:", "align-"))
        if token.type in _DIRECTED:
            token.attrSet("dir", "auto")
        for child in token.children or ():
            # The only raw HTML there is: the boxes of a task list, which nobody can tick here.
            if child.type == "html_inline":
                child.content = _TICKED if "checked" in child.content else _OPEN
        if token.children:
            token.children = honest_links(token.children, is_growing=bool(token.meta.get("open")))


def _table_open(_renderer: Any, _tokens: Sequence[Token], _idx: int, _options: Any, _env: Any) -> str:
    return '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n'


def _table_close(_renderer: Any, _tokens: Sequence[Token], _idx: int, _options: Any, _env: Any) -> str:
    return "</table></div>\n"


def _fence(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    token = tokens[idx]
    words = token.info.split(maxsplit=1)
    return render_code(token.content, words[0] if words else "")


def _image(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    token = tokens[idx]
    return render_image(token.content, str(token.attrGet("src") or ""))


def _formula(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    token = tokens[idx]
    block = token.type != "math_inline"
    formula = render_formula(token.content, block=block)
    return f'<div class="formula" role="group" aria-label="Formula" tabindex="0">{formula}</div>' if block else formula


_RULES = {
    "table_open": _table_open,
    "table_close": _table_close,
    "fence": _fence,
    "code_block": _fence,
    "image": _image,
    "leads_to": lambda *arguments: render_note(arguments[1][arguments[2]].content),
    "math_inline": _formula,
    "math_inline_double": lambda *arguments: render_formula(arguments[1][arguments[2]].content, block=True),
    "math_block": _formula,
}
