"""Code with colours: Pygments' token classes, no inline style."""

from __future__ import annotations

from functools import cache
from html import escape

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

#: Characters beyond which code is shown without colours: lexers are regular expressions over what strangers wrote.
_COLOURED = 30_000


def render_code(code: str, language: str) -> str:
    """Return a figure with the code, coloured if the language is known; `language` is the fence's first word."""
    language = language.strip("{}.").split(",")[0][:30]
    caption = f"<figcaption>{escape(language)}</figcaption>" if language else ""
    label = f"Code: {language}" if language else "Code"
    return (
        f'<figure class="code">{caption}<pre tabindex="0" role="group" aria-label="{escape(label)}" dir="ltr">'
        f"<code>{_coloured(code, language)}</code></pre></figure>\n"
    )


def _coloured(code: str, language: str) -> str:
    if not language or len(code) > _COLOURED:
        return escape(code)
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code)
    return str(highlight(code, lexer, _formatter()))


@cache
def _formatter() -> HtmlFormatter:  # type: ignore[type-arg,unused-ignore]
    return HtmlFormatter(nowrap=True, classprefix="c-")
