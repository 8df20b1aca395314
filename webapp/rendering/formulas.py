r"""Formulas: TeX between `$`, `$$`, `\(…\)` or `\[…\]` as MathML."""

from __future__ import annotations

from html import escape, unescape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import tostring

from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

    from webapp.rendering.work import Work

LONGEST_FORMULA = 4_000
#: The steps of every formula, and the characters that add one step.
_STEPS_OF_ANY = 10
_CHARACTERS_OF_A_STEP = 2
_CLOSING = {"(": r"\)", "[": r"\]"}


def dollar_formulas(parser: MarkdownIt) -> None:
    """Add `$…$` and `$$…$$` to the parser."""
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.block.ruler.at("math_block", _dollar_block)


def _dollar_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a formula of several lines. Lines without an end are remembered and searched only once. A block rule."""
    opening = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not opening.startswith("$$"):
        return False
    first, last = state.env.get("no_formula_ends", (0, 0))
    is_open = "$$" not in opening[2:]
    if is_open and first <= start and end <= last:
        return False
    is_formula = _read_dollar_block(state, start, end, silent)
    if is_open and not is_formula:
        state.env["no_formula_ends"] = (start, end)
    return is_formula


_read_dollar_block = math_block_dollar(label_normalizer=str.strip)


def bracket_formulas(parser: MarkdownIt) -> None:
    r"""Add `\(…\)` and `\[…\]`, which most models write, to the parser."""
    parser.inline.ruler.before("escape", "bracket_formula", _bracket_formula)


def _bracket_formula(state: StateInline, silent: bool) -> bool:
    """Read one formula. The lookahead is bounded, so that a text full of openings stays cheap. An inline rule."""
    opening = state.src[state.pos : state.pos + 2]
    closing = _CLOSING.get(opening[1:]) if opening[:1] == "\\" else None
    if closing is None:
        return False
    end = state.src.find(closing, state.pos + 2, min(state.posMax, state.pos + LONGEST_FORMULA))
    if end < 0 or not (content := state.src[state.pos + 2 : end].strip()):
        return False
    if not silent:
        token = state.push("math_inline" if opening[1] == "(" else "math_inline_double", "math", 0)
        token.content = content
    state.pos = end + 2
    return True


def render_formula(tex: str, work: Work, *, block: bool) -> str:
    """Return MathML, or the TeX as code if it cannot be converted.

    Raises TooComplexError if the conversion takes more than the work allows.
    """
    if len(tex) > LONGEST_FORMULA:
        return f"<code>{escape(tex)}</code>"
    work.spend(_STEPS_OF_ANY + len(tex) // _CHARACTERS_OF_A_STEP)
    from latex2mathml.converter import Converter

    converter = Converter(display="block" if block else "inline")
    converter.macros = _NoMacros()
    try:
        return _written(converter.convert_to_element(tex))
    except Exception:  # noqa: BLE001 - the converter raises many types of exceptions
        return f"<code>{escape(tex)}</code>"


class _NoMacros(dict[str, tuple[list[str], int]]):
    """Refuses macro definitions: a few that use one another can expand beyond all memory."""

    def __setitem__(self, name: str, meaning: tuple[list[str], int]) -> None:
        raise ValueError("A formula defines nothing.")


def _written(math: Element) -> str:
    r"""Return the MathML as text. The converter's own serializer takes the content of `\text{…}` for HTML."""
    for element in math.iter():
        element.text = unescape(element.text or "")
        element.tail = unescape(element.tail or "")
    return tostring(math, encoding="unicode")
