"""Render Markdown: CommonMark with tables, strikethrough, bare links, highlighted code, tasks and formulas."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

from webapp.rendering.bare_links import bare_links
from webapp.rendering.code import render_code
from webapp.rendering.formulas import bracket_formulas, dollar_formulas, render_formula
from webapp.rendering.links import honest_links, render_image, render_note
from webapp.rendering.sanitize import clean_html
from webapp.rendering.tasks import task_lists
from webapp.rendering.too_complex import plain_html
from webapp.rendering.work import TooComplexError, Work, counts_work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

#: Raise this whenever the HTML of the same Markdown changes. Cached HTML of an older version is then rendered again.
VERSION = 3

#: Blocks with `dir="auto"`.
_DIRECTED = {"paragraph_open", "heading_open", "th_open", "td_open", "blockquote_open", "list_item_open"}


class Formatted(NamedTuple):
    """The HTML of a text. If it is not `is_final`, it is plain text because the time limit was over."""

    html: str
    is_final: bool


def render_markdown(source: str) -> str:
    """Return the HTML of a Markdown text.

    Raw HTML in the source is shown as text. A link replaces each image, so none is loaded. A link whose text names
    another host shows its own. Headings begin at the third level, below those of the page. A text that is too complex
    to format becomes plain text with a note.
    """
    return format_markdown(source).html


def format_markdown(source: str) -> Formatted:
    """Return the HTML of a Markdown text, and whether it is final."""
    try:
        return Formatted(render_within(source, Work()), is_final=True)
    except TooComplexError as error:
        return format_plain(source, is_final=error.is_final)


def format_plain(source: str, *, is_final: bool) -> Formatted:
    """Return a text as plain HTML after a note that it is too complex to format."""
    return Formatted(clean_html(plain_html(source)), is_final)


def render_within(source: str, work: Work) -> str:
    """Return the HTML of a Markdown text. Raises TooComplexError if it takes more than the work allows."""
    parser, env = message_parser(), {"work": work}
    return write_html(parse(source, parser, env), parser, env)


def parse(source: str, parser: MarkdownIt, env: dict[str, Any]) -> list[Token]:
    """Return the tokens of a text. Raises TooComplexError for too much work, and for nesting that would be lost."""
    try:
        tokens = parser.parse(source, env)
    except RecursionError:
        raise TooComplexError(is_final=True) from None
    if _is_cut(tokens, parser):
        raise TooComplexError(is_final=True)
    return tokens


def write_html(tokens: Sequence[Token], parser: MarkdownIt, env: dict[str, Any]) -> str:
    """Return the sanitized HTML of tokens. Raises TooComplexError for too much work."""
    html = str(parser.renderer.render(tokens, parser.options, env))
    env["work"].spend(len(html) // 100)
    return clean_html(html)


def _is_cut(tokens: Sequence[Token], parser: MarkdownIt) -> bool:
    """Say whether the parser dropped blocks below its deepest level."""
    deepest = int(parser.options["maxNesting"]) - 1
    return any(token.level >= deepest and token.type in {"blockquote_open", "list_item_open"} for token in tokens)


@cache
def message_parser() -> MarkdownIt:
    return make_parser()


def make_parser() -> MarkdownIt:
    """Return a new parser with all rules. The caller may change its render rules."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "strikethrough"])
    for rules in (bare_links, dollar_formulas, bracket_formulas, task_lists, counts_work):
        parser.use(rules)
    parser.core.ruler.push("minutebook", _finish)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _finish(state: StateCore) -> None:
    """Lower the headings by two levels, set `dir`, replace inline styles by classes, and make links honest."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        if token.type in {"th_open", "td_open"} and (style := token.attrs.pop("style", None)):
            token.attrSet("class", str(style).replace("text-align:", "align-"))
        if token.type in _DIRECTED:
            token.attrSet("dir", "auto")
        if token.children:
            token.children = honest_links(token.children, is_growing=bool(token.meta.get("open")))


def _table_open(_renderer: Any, _tokens: Sequence[Token], _idx: int, _options: Any, _env: Any) -> str:
    return '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n'


def _table_close(_renderer: Any, _tokens: Sequence[Token], _idx: int, _options: Any, _env: Any) -> str:
    return "</table></div>\n"


def _fence(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
    token = tokens[idx]
    words = token.info.split(maxsplit=1)
    return render_code(token.content, words[0] if words else "", env["work"])


def _image(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    token = tokens[idx]
    return render_image(token.content, str(token.attrGet("src") or ""))


def _leads_to(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    return render_note(tokens[idx].content)


def _formula(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
    return render_formula(tokens[idx].content, env["work"], block=tokens[idx].type != "math_inline")


def _formula_block(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
    formula = render_formula(tokens[idx].content, env["work"], block=True)
    label = f" ({escapeHtml(tokens[idx].info)})" if tokens[idx].info else ""
    return f'<div class="formula" role="group" aria-label="Formula" tabindex="0">{formula}{label}</div>'


_RULES = {
    "table_open": _table_open,
    "table_close": _table_close,
    "fence": _fence,
    "code_block": _fence,
    "image": _image,
    "leads_to": _leads_to,
    "math_inline": _formula,
    "math_inline_double": _formula,
    "math_block": _formula_block,
    "math_block_label": _formula_block,
}
