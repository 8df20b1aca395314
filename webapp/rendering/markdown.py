"""Render Markdown: CommonMark with tables, strikethrough, bare links, highlighted code, tasks and formulas."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from markdown_it import MarkdownIt

from webapp.rendering.bare_links import bare_links
from webapp.rendering.code import render_code
from webapp.rendering.definitions import kept_definitions
from webapp.rendering.directions import directed_blocks
from webapp.rendering.emphasis import emphasis_between_words
from webapp.rendering.formula_blocks import block_formulas
from webapp.rendering.formula_lines import line_formulas
from webapp.rendering.formulas import render_block, render_in_line
from webapp.rendering.links import honest_links, render_image, render_note
from webapp.rendering.list_numbers import list_numbers
from webapp.rendering.own_tags import own_tags
from webapp.rendering.sanitize import clean_html
from webapp.rendering.tables import whole_tables
from webapp.rendering.targets import real_targets
from webapp.rendering.tasks import task_lists
from webapp.rendering.too_complex import plain_html
from webapp.rendering.work import TooComplexError, Work, counts_work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

#: Raise this whenever the HTML of the same Markdown changes. Cached HTML of an older version is then rendered again.
VERSION = 6

#: The level of the headings above those of a message.
_LEVEL_ABOVE = 2
_DEEPEST_LEVEL = 6


class Formatted(NamedTuple):
    """The HTML of a text. If it is not `is_final`, it is plain text because the time limit was over."""

    html: str
    is_final: bool


def render_markdown(source: str) -> str:
    """Return the HTML of a Markdown text.

    Raw HTML in the source is shown as text, except `<br>`, `<sub>` and `<sup>`. A link replaces each image, so none is
    loaded. A link whose text names another host shows its own. Headings begin at the third level, below those of the
    page, and leave out none. A text that is too complex to format becomes plain text with a note.
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


def render_within(source: str, work: Work, headings: list[int] | None = None) -> str:
    """Return the HTML of a Markdown text. Raises TooComplexError if it takes more than the work allows.

    `headings` are the levels of the headings around the end of the text before. They become those of this one.
    """
    parser, env = message_parser(), {"work": work, "headings": [] if headings is None else headings}
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
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    parser.enable(["table", "strikethrough"])
    for rules in _RULES_OF_MESSAGES:
        parser.use(rules)
    parser.core.ruler.push("minutebook", _finish)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


_RULES_OF_MESSAGES = (
    bare_links,
    real_targets,
    line_formulas,
    whole_tables,
    block_formulas,
    kept_definitions,
    directed_blocks,
    list_numbers,
    emphasis_between_words,
    own_tags,
    task_lists,
    counts_work,
)


def _finish(state: StateCore) -> None:
    """Lower the headings, replace inline styles by classes, and make links honest."""
    for token in state.tokens:
        if token.type == "heading_open":
            token.tag = _heading(int(token.tag[1]), state.env.setdefault("headings", []))
            around = token.tag
        if token.type == "heading_close":
            token.tag = around
        if token.type in {"th_open", "td_open"} and (style := token.attrs.pop("style", None)):
            token.attrSet("class", str(style).replace("text-align:", "align-"))
        if token.children:
            token.children = honest_links(token.children, is_growing=bool(token.meta.get("open")))


def _heading(level: int, above: list[int]) -> str:
    """Return the tag of a heading. It is one level below the heading that it belongs to, and none is left out."""
    while above and above[-1] >= level:
        above.pop()
    above.append(level)
    return f"h{min(_DEEPEST_LEVEL, _LEVEL_ABOVE + len(above))}"


def _table_open(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    direction = f' dir="{tokens[idx].attrs["dir"]}"' if "dir" in tokens[idx].attrs else ""
    return f'<div class="table" role="group" aria-label="Table" tabindex="0"{direction}><table>\n'


def _table_close(_renderer: Any, _tokens: Sequence[Token], _idx: int, _options: Any, _env: Any) -> str:
    return "</table></div>\n"


def _fence(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
    return render_code(tokens[idx].content, tokens[idx].info, env["work"])


def _image(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    token = tokens[idx]
    words = (token.content, str(token.attrGet("title") or ""))
    return render_image(": ".join(filter(None, words)), str(token.attrGet("src") or ""))


def _leads_to(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
    return render_note(tokens[idx].content)


def _formula(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
    return render_in_line(tokens[idx].content, env["work"], block=tokens[idx].type != "math_inline")


def _formula_block(_renderer: Any, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
    return render_block(tokens[idx].content, tokens[idx].info, env["work"])


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
}
