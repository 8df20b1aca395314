r"""Formulas as MathML. What the converter does not know is shown as its TeX."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.rendering.work import Work

LONGEST_FORMULA = 4_000
#: Characters of TeX beyond which a formula in a line may be wider than a phone, and beyond which it mostly is.
_MAY_BE_WIDE = 20
_IS_WIDE = 45
#: The steps of every formula, and the characters that add one step.
_STEPS_OF_ANY = 10
_CHARACTERS_OF_A_STEP = 2


def render_formula(tex: str, work: Work, *, block: bool) -> str:
    """Return MathML, or the TeX as code if any part of it is unknown.

    Raises TooComplexError if the conversion takes more than the work allows.
    """
    if len(tex) > LONGEST_FORMULA:
        return _as_source(tex)
    work.spend(_STEPS_OF_ANY + len(tex) // _CHARACTERS_OF_A_STEP)
    from webapp.rendering.mathml import mathml

    try:
        return mathml(tex, block=block)
    except Exception:  # noqa: BLE001 - an unknown part, of any kind
        return _as_source(tex)


def render_in_line(tex: str, work: Work, *, block: bool) -> str:
    """Return a formula within a line. One that may be wide scrolls in a box of its own."""
    formula = render_formula(tex, work, block=block)
    if not block and len(tex) <= _MAY_BE_WIDE:
        return formula
    kind = "formula display" if block else "formula"
    reached = ' role="group" aria-label="Formula" tabindex="0"' if len(tex) > _IS_WIDE else ""
    return f'<span class="{kind}"{reached}>{formula}</span>'


def render_block(tex: str, label: str, work: Work) -> str:
    """Return a formula that is a block, with its label after it."""
    formula = render_formula(tex, work, block=True)
    shown = f' <span class="label">({escape(label)})</span>' if label else ""
    return f'<div class="formula" role="group" aria-label="Formula" tabindex="0">{formula}{shown}</div>\n'


def _as_source(tex: str) -> str:
    return f'<code class="tex">{escape(tex)}</code>'
