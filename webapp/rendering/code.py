"""Highlighted code with the token classes of Pygments, without inline styles."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

from pygments import format as write_tokens
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_all_lexers, get_lexer_by_name

if TYPE_CHECKING:
    from webapp.rendering.work import Work

#: Characters beyond which code is not highlighted. Lexers run regular expressions over untrusted text, and most can be
#: made to take quadratic time.
_COLOURED = 30_000
#: Characters of a line beyond which code is not highlighted. A lexer can take quadratic time for one line in one
#: search, which the time limit cannot interrupt.
_LONGEST_LINE = 2_000
#: `_COLOURED` for a language that is not in `_COMMON`. Some of those lexers take cubic time, or lex a whole text in one
#: step, which the time limit cannot interrupt either.
_COLOURED_IN_RARE = 3_000
_LONGEST_NAME = 30
#: Languages whose lexers take exponential time for some texts.
_NEVER_COLOURED = frozenset({"easytrieve", "tnt"})

#: Languages by one of their aliases. Their lexers took at most 60 ms between two tokens of any text of 30,000
#: characters from `CODE` in tests/rendering/hostile_inputs.py, with lines of up to `_LONGEST_LINE`.
_COMMON = frozenset(
    (
        "apacheconf awk bash batch c clojure cmake common-lisp console cpp crystal csharp css d dart diff docker "
        "elixir erlang fortran fsharp glsl go graphql groovy haskell html http ini java javascript jsx json julia "
        "kotlin latex less lua make markdown mysql nasm nginx nim objective-c ocaml pascal perl php postgresql "
        "powershell prolog properties protobuf pycon pytb python r ruby rust sass scala scheme scss solidity sql "
        "swift systemverilog tcl terraform text toml tsx typescript vb.net verilog vhdl vim xml yaml zig"
    ).split()
)


def render_code(code: str, info: str, work: Work) -> str:
    """Return a figure with the code, highlighted if the language is known. `info` is what stands after the fence.

    The head shows all of it. `static/js/code.js` adds the buttons, which need a script. Raises TooComplexError if
    highlighting takes more than the work allows.
    """
    language = (info.split(maxsplit=1) or [""])[0].strip("{}.").split(",")[0]
    is_language = 0 < len(language) <= _LONGEST_NAME
    shown = info.strip().replace(info.split(maxsplit=1)[0], language, 1) if is_language else info.strip()
    label = f"Code: {language}" if is_language else "Code"
    return (
        f'<figure class="code"><figcaption><span class="language">{escape(shown)}</span></figcaption>'
        f'<pre tabindex="0" role="group" aria-label="{escape(label)}" dir="ltr">'
        f"<code>{_coloured(code, language, work)}</code></pre></figure>\n"
    )


def _coloured(code: str, language: str, work: Work) -> str:
    if language.lower() not in _aliases() or len(code) > _COLOURED:
        return escape(code)
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    longest = _COLOURED if _COMMON.intersection(lexer.aliases) else _COLOURED_IN_RARE
    if len(code) > longest or max(map(len, code.split("\n"))) > _LONGEST_LINE:
        return escape(code)
    return str(write_tokens(work.counted(lexer.get_tokens(code)), _formatter()))


@cache
def _aliases() -> frozenset[str]:
    """Return all names of languages. For an unknown name Pygments would search all installed packages."""
    lexers = get_all_lexers(plugins=False)
    return frozenset(alias.lower() for _, aliases, _, _ in lexers for alias in aliases) - _NEVER_COLOURED


@cache
def _formatter() -> HtmlFormatter:  # type: ignore[type-arg,unused-ignore]
    return HtmlFormatter(nowrap=True, classprefix="c-")
