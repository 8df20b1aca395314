"""The HTML of a text that is too complex to format: plain text with a note."""

from __future__ import annotations

from html import escape

_NOTE = "This message is shown as plain text because it is too complex to format."
#: No other code makes a paragraph of this class: see `webapp/rendering/sanitize.py`.
_START = f'<p class="plain"><em>{_NOTE}</em></p><p class="plain" dir="auto">'


def plain_html(source: str) -> str:
    """Return the escaped text after a note that says why it is not formatted."""
    return f"{_START}{escape(source)}</p>"


def is_plain(html: str) -> bool:
    """Say whether `plain_html` made the HTML of a message."""
    return html.startswith(_START)


def with_source(html: str, address: str) -> str:
    """Return HTML of `plain_html` with a link to the source after the note."""
    return html.replace(
        "</em>", f'</em> <a href="{escape(address)}" rel="noopener noreferrer nofollow">Show its source</a>', 1
    )
