r"""TeX as models write it, prepared for the converter, which knows LaTeX's environments but not all of their habits."""

from __future__ import annotations

import re

#: A line end with the space after it, a control symbol before a space, a percent sign after a digit, any other command,
#: and a comment.
_PIECE = re.compile(
    r"(\\\\)\*?(?:[ \t]*\[[ \t]*-?[\d.]+[ \t]*(?:pt|em|ex|mm|cm|in|pc|mu|px|bp)[ \t]*\])?"
    r"|(\\[%&#$_{}])(?= )|(?<=\d)(%)|(\\(?:[a-zA-Z]+|.))|(%)",
    re.DOTALL,
)
#: Commands that define others, or whose meaning lies outside of the formula.
_REFUSED = {
    *(rf"\{name}" for name in ("newcommand", "renewcommand", "providecommand", "DeclareMathOperator")),
    *(rf"\{name}" for name in ("newenvironment", "renewenvironment", "global", "futurelet", "let")),
    *(rf"\{name}" for name in ("def", "edef", "gdef", "xdef", "eqref", "ref")),
}
_SHORT = {r"\left<": r"\left\langle ", r"\right>": r"\right\rangle ", r"\hspace*": r"\hspace"}
#: Commands whose option the converter reads as what they apply to.
_OPTION = re.compile(r"\\(?:cfrac|stackrel|smash|overset|underset|underbrace|overbrace)\s*\[")

_ENVIRONMENT = re.compile(
    r"\\(?P<edge>begin|end)\{(?P<name>[a-zA-Z]+\*?)\}(?P<place>\[[tbc]\])?(?P<pairs>\{\d+\})?", re.DOTALL
)
#: A matrix with the alignment of its columns, and the brackets of each matrix.
_WITH_COLUMNS = re.compile(r"\\begin\{([pbBvV]?matrix)(\*?)\}\s*\[([lcr|:\s]{1,60})\]")
_MATRIX_EDGE = re.compile(r"\\(begin|end)\{([pbBvV]?matrix\*?)\}")
_BRACKETS = {
    "": (".", "."), "p": ("(", ")"), "b": ("[", "]"), "B": (r"\{", r"\}"), "v": ("|", "|"), "V": (r"\|", r"\|"),
}  # fmt: skip
#: Other names of environments that the converter knows. Those that number their lines lose the numbers, which the
#: author did not write.
_SAME = {
    "align": "align*", "alignat": "align*", "alignat*": "align*", "alignedat": "aligned", "split": "aligned",
    "equation": "equation*", "gather": "gather*", "multline": "multline*", "smallmatrix": "matrix",
    **{f"{bracket}matrix*": f"{bracket}matrix" for bracket in _BRACKETS},
}  # fmt: skip
_WITH_PAIRS = {"alignat", "alignat*", "alignedat"}
_TAGGED = ("align*", "equation*", "gather*", "multline*")
#: Space around the columns of an array, which the converter does not know and which changes no meaning.
_COLUMN_SPACE = re.compile(r"(\\begin\{array\}\{[^{}]*)@\{[^{}]*\}")
#: LaTeX forbids a blank line in a formula. Models write one between two lines of it.
_BLANK_LINE = re.compile(r"(?<!\\\\)\s*\n[ \t]*\n\s*")
_LABEL = re.compile(r"\\label\{[^{}]*\}")
#: What opens and closes a level, and what separates lines and columns.
_LEVEL = re.compile(r"\\begin\b|\\left\b|\\end\b|\\right\b|\\tag\b|\\\\|\\.|[{}&]", re.DOTALL)
_OPENS = {"\\begin", "\\left", "{"}
_CLOSES = {"\\end", "\\right", "}"}


class UnknownTexError(Exception):
    """A formula has a part that the converter would drop or change."""


def prepared(tex: str, *, block: bool) -> str:
    """Return TeX that the converter reads as its author meant it. Raises UnknownTexError."""
    tex = _LABEL.sub("", _PIECE.sub(_mended, tex))
    for short, long in _SHORT.items():
        tex = tex.replace(short, long)
    tex = _BLANK_LINE.sub(r"\\\\ " if block and r"\begin" not in tex else "\n", tex)
    if _OPTION.search(tex):
        raise UnknownTexError(tex)
    tex = _ENVIRONMENT.sub(_known_environment, _with_columns(tex))
    while (with_less := _COLUMN_SPACE.sub(r"\1", tex)) != tex:
        tex = with_less
    return _in_lines(tex, block=block)


def _mended(match: re.Match[str]) -> str:
    r"""Drop the space between lines, keep the space after `\%`, and read `50%` as it looks."""
    line_end, symbol, percent, command, comment = match.groups()
    if comment or command in _REFUSED:
        raise UnknownTexError(match[0])
    if line_end:
        return f"{line_end} "
    if symbol:
        return f"{symbol}{{}}"
    return r"\%" if percent else str(command)


def _with_columns(tex: str) -> str:
    r"""Return TeX whose matrices with aligned columns, `\begin{bmatrix}[c|c]`, are arrays."""
    if not _WITH_COLUMNS.search(tex):
        return tex
    parts, ends, past = [], [], 0
    for edge in _MATRIX_EDGE.finditer(tex):
        made = edge[0]
        after = edge.end()
        if edge[1] == "begin":
            columns = _WITH_COLUMNS.match(tex, edge.start())
            brackets = _BRACKETS[edge[2].partition("matrix")[0]]
            ends.append(rf"\end{{array}}\right{brackets[1]} " if columns else "")
            if columns:
                made, after = rf"\left{brackets[0]}\begin{{array}}{{{columns[3]}}}", columns.end()
        elif ends:
            made = ends.pop() or made
        parts += [tex[past : edge.start()], made]
        past = after
    return "".join([*parts, tex[past:]])


def _known_environment(match: re.Match[str]) -> str:
    name, pairs = match["name"], match["pairs"] or ""
    pairs = "" if name in _WITH_PAIRS else pairs
    return f"\\{match['edge']}{{{_SAME.get(name, name)}}}{pairs}"


def _in_lines(tex: str, *, block: bool) -> str:
    """Put lines that stand in no environment into one. The converter would join them."""
    outer = _outermost(tex)
    is_tagged = r"\tag" in tex and not any(f"{{{name}}}" in tex for name in _TAGGED)
    if "\\\\" not in outer:
        return _within("equation*", tex) if is_tagged and block else tex
    if not block:
        raise UnknownTexError(tex)
    if is_tagged:
        return _within("align*" if "&" in outer else "gather*", tex)
    return _within("aligned" if "&" in outer else "gathered", tex)


def _outermost(tex: str) -> set[str]:
    """Return the separators that stand in no group and no environment."""
    depth, found = 0, set()
    for match in _LEVEL.finditer(tex):
        mark = match[0]
        depth += (mark in _OPENS) - (mark in _CLOSES)
        if depth <= 0 and mark in {"\\\\", "&"}:
            found.add(mark)
    return found


def _within(environment: str, tex: str) -> str:
    return f"\\begin{{{environment}}}{tex}\\end{{{environment}}}"
