"""A text that is too complex to format, shown as it is."""

from __future__ import annotations

from html import escape

_NOTE = "This message is shown as plain text because it is too complex to format."
#: Nothing else makes a paragraph of this class: see `webapp.rendering.sanitize.py`.
_START = f'<p class="plain"><em>{_NOTE}</em></p><p class="plain" dir="auto">'


def plain_html(source: str) -> str:
    """Return the characters of a text as HTML, after a line that says why they are not formatted."""
    return f"{_START}{escape(source)}</p>"


def is_plain(html: str) -> bool:
    """Say whether the HTML of a message is its text as it is."""
    return html.startswith(_START)


def with_source(html: str, address: str) -> str:
    """Return the HTML of a plain text with a link to its source after the line that says why it is plain."""
    return html.replace(
        "</em>", f'</em> <a href="{escape(address)}" rel="noopener noreferrer nofollow">Show its source</a>', 1
    )
