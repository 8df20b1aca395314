"""TeX as MathML Core, by math-core: it raises for every command that it does not know."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING

from math_core import LatexToMathML

from webapp.rendering.tex import prepared

if TYPE_CHECKING:
    from collections.abc import Callable

#: What opens a level of recursion in the converter, at most. A level takes 1.6 KB of the stack.
_DEEPER = re.compile(r"[{\[\\^_]")
#: Levels that every thread has room for.
_SHALLOW = 60
#: Bytes of stack for the deepest formula of `LONGEST_FORMULA` characters, twice. An overflow would end the process.
_STACK = 16 * 1024 * 1024
_STACK_LOCK = threading.Lock()

_STYLE = re.compile(r' style="([^"]*)"')
#: The page allows no inline styles, so each declaration of the converter that carries meaning has a class.
_CLASSES = {
    "text-align:right": "tex-right",
    "text-align:left": "tex-left",
    "padding-right:0": "tex-flush-right",
    "padding-left:0": "tex-flush-left",
    "padding-top:0": "tex-flush-lines",
    "padding-left:1em": "tex-apart",
    "width:50%": "tex-fill",
    "width:100%": "tex-wide",
    "margin-left:-0.16666667em": "tex-back",
}
for _side in ("top", "right", "bottom", "left"):
    for _line in ("solid", "dashed"):
        _CLASSES[f"border-{_side}:0.05em {_line} currentcolor"] = f"tex-line-{_side}"
#: A table and its size. HTML validators know the attribute on other elements only, so each size has a class.
_SIZED_TABLE = re.compile(r'<mtable([^>]*?) scriptlevel="([01])"([^>]*?)(?: class="([^"]*)")?>')
_SIZES = {"0": "tex-full-size", "1": "tex-script-size"}
#: The end of a part with a line over or under it, as the converter writes it. The page draws the line as a border,
#: because browsers draw a character that is stretched beside its place on screens with many pixels.
_BAR = re.compile('<mo stretchy="true">\u0332</mo></m(over|under)>')
_BARS = {"over": "\u203e", "under": "_"}
_MACROS = {"substack": r"\begin{subarray}{c}#1\end{subarray}", "mbox": r"\text{#1}"}


def mathml(tex: str, *, block: bool) -> str:
    """Return the MathML of a formula. Raises an exception if any part of it is unknown to the converter."""
    tex = prepared(tex, block=block)
    if len(_DEEPER.findall(tex)) <= _SHALLOW:
        return _converted(tex, block=block)
    made: list[str] = []
    thread = _with_deep_stack(lambda: made.append(_converted_or_empty(tex, block=block)))
    thread.join()
    if not made[0]:
        raise ValueError(tex)
    return made[0]


def _with_deep_stack(work: Callable[[], None]) -> threading.Thread:
    """Return a started thread with `_STACK` bytes of stack."""
    thread = threading.Thread(target=work, daemon=True)
    with _STACK_LOCK:
        before = threading.stack_size(_STACK)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
    return thread


def _converted_or_empty(tex: str, *, block: bool) -> str:
    try:
        return _converted(tex, block=block)
    except Exception:  # noqa: BLE001 - the thread reports every failure in the same way
        return ""


def _converted(tex: str, *, block: bool) -> str:
    html = _converter().convert_with_local_state(tex, displaystyle=block)
    html = html.replace("<b>", "<strong>").replace("</b>", "</strong>").replace("<i>", "<em>").replace("</i>", "</em>")
    return _SIZED_TABLE.sub(_with_class_of_size, _BAR.sub(_as_bar, _STYLE.sub(_as_classes, html)))


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False, allow_unreliable_rendering=True, macros=_MACROS)


def _as_bar(match: re.Match[str]) -> str:
    return f'<mo class="tex-bar" stretchy="false">{_BARS[match[1]]}</mo></m{match[1]}>'


def _with_class_of_size(match: re.Match[str]) -> str:
    names = " ".join(filter(None, [_SIZES[match[2]], match[4]]))
    return f'<mtable{match[1]}{match[3]} class="{names}">'


def _as_classes(match: re.Match[str]) -> str:
    declarations = (re.sub(r":\s+", ":", part.strip()) for part in match[1].split(";"))
    names = [_CLASSES[declaration] for declaration in declarations if declaration in _CLASSES]
    return f' class="{" ".join(names)}"' if names else ""
