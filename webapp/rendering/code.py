"""Code with colours: Pygments' token classes, no inline style."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

from pygments import format as write_tokens
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from webapp.rendering.work import Work

#: Characters beyond which code is shown without colours: lexers are regular expressions over what strangers wrote.
_COLOURED = 30_000


def render_code(code: str, language: str, work: Work) -> str:
    """Return a figure with the code, coloured if the language is known; `language` is the fence's first word.

    Raises TooComplexError if the colours take more than the work allows.
    """
    language = language.strip("{}.").split(",")[0][:30]
    caption = f"<figcaption>{escape(language)}</figcaption>" if language else ""
    label = f"Code: {language}" if language else "Code"
    return (
        f'<figure class="code">{caption}<pre tabindex="0" role="group" aria-label="{escape(label)}" dir="ltr">'
        f"<code>{_coloured(code, language, work)}</code></pre></figure>\n"
    )


def _coloured(code: str, language: str, work: Work) -> str:
    if not language or len(code) > _COLOURED:
        return escape(code)
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code)
    return str(write_tokens(work.counted(lexer.get_tokens(code)), _formatter()))


@cache
def _formatter() -> HtmlFormatter:  # type: ignore[type-arg,unused-ignore]
    return HtmlFormatter(nowrap=True, classprefix="c-")
