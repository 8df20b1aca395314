"""Markdown as assistants write it: CommonMark with tables, strike-through, bare links, code colours, formulas."""

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

#: Raised whenever the HTML of the same Markdown changes: what was kept of an older version is made anew.
VERSION = 3

#: Blocks in which the text chooses its own direction.
_DIRECTED = {"paragraph_open", "heading_open", "th_open", "td_open", "blockquote_open", "list_item_open"}


class Formatted(NamedTuple):
    """The HTML of a text. Unless it `is_final`, the text is plain because this machine had no time to format it."""

    html: str
    is_final: bool


def render_markdown(source: str) -> str:
    """Return the HTML of a Markdown text.

    Raw HTML in the source is shown as text. Images are not loaded: a link stands in their place. Links say where
    they lead if their words say something else. Headings begin at the third level, below the page's own. A text
    that is too complex to format is shown as it is, and says so.
    """
    return format_markdown(source).html


def format_markdown(source: str) -> Formatted:
    """Return the HTML of a Markdown text, and whether the same text would always become the same HTML."""
    try:
        return Formatted(render_within(source, Work()), is_final=True)
    except TooComplexError as error:
        return format_plain(source, is_final=error.is_final)


def format_plain(source: str, *, is_final: bool) -> Formatted:
    """Return a text as it is, after a line that says that it is too complex to format."""
    return Formatted(clean_html(plain_html(source)), is_final)


def render_within(source: str, work: Work) -> str:
    """Return the HTML of a Markdown text. Raises TooComplexError if that takes more than the work allows."""
    parser, env = message_parser(), {"work": work}
    return write_html(parse(source, parser, env), parser, env)


def parse(source: str, parser: MarkdownIt, env: dict[str, Any]) -> list[Token]:
    """Return the tokens of a text. Raises TooComplexError if what is nested would be lost, or on too much work."""
    try:
        tokens = parser.parse(source, env)
    except RecursionError:
        raise TooComplexError(is_final=True) from None
    if _is_cut(tokens, parser):
        raise TooComplexError(is_final=True)
    return tokens


def write_html(tokens: Sequence[Token], parser: MarkdownIt, env: dict[str, Any]) -> str:
    """Return the clean HTML of tokens. Raises TooComplexError if it is too much."""
    html = str(parser.renderer.render(tokens, parser.options, env))
    env["work"].spend(len(html) // 100)
    return clean_html(html)


def _is_cut(tokens: Sequence[Token], parser: MarkdownIt) -> bool:
    """Say whether the parser dropped what lies deeper than it goes."""
    deepest = int(parser.options["maxNesting"]) - 1
    return any(token.level >= deepest and token.type in {"blockquote_open", "list_item_open"} for token in tokens)


@cache
def message_parser() -> MarkdownIt:
    """Return the parser of finished messages."""
    return make_parser()


def make_parser() -> MarkdownIt:
    """Make a parser with all the rules, whose render rules may be changed."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "strikethrough"])
    for rules in (bare_links, dollar_formulas, bracket_formulas, task_lists, counts_work):
        parser.use(rules)
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
