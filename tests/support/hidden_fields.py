"""What a page's form holds without showing it."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

_FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def fields(page: TestResponse) -> MultiDict[str, str]:
    """Return the hidden fields of the page's form, as a browser reads them."""
    form = page.text[page.text.index('<form class="fields"') :]
    return MultiDict([(unescape(name), unescape(value)) for name, value in _FIELD.findall(form)])
