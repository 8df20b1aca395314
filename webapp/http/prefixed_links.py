"""The prefix in what was made without it: HTML and JSON that are stored, or made where no request is.

What is stored holds paths of the app's own (`/messages/…`), so it stays true when the prefix changes.
"""

from __future__ import annotations

import re

#: A link of the page's own, not `//host`. Attributes are quoted and hold no quotation mark.
_HREF = re.compile(r'(<a [^>]*?href=")(?=/(?!/))')
#: A member that holds an address. In a JSON string every quotation mark is escaped, so no text looks like one.
_MEMBER = re.compile(rb'("(?:url|html_url|retry_url|type)": ?")(?=/)')


def prefix_html(html: str, prefix: str) -> str:
    """Return HTML whose links begin with the prefix."""
    return _HREF.sub(lambda match: match[1] + prefix, html) if prefix else html


def prefix_json(body: bytes, prefix: str) -> bytes:
    """Return JSON whose addresses begin with the prefix."""
    return _MEMBER.sub(lambda match: match[1] + prefix.encode(), body) if prefix else body
