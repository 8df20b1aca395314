"""What the page of a temporary chat carries."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

_FIELD = re.compile(r'<input type="hidden" form="composer" name="message" value="([^"]*)"')


def carried_fields(page: TestResponse | str) -> list[str]:
    """Return the values of a page's fields, as a browser sends them back."""
    text = page if isinstance(page, str) else page.text
    return [unescape(value) for value in _FIELD.findall(text)]


def carried_messages(page: TestResponse | str) -> list[dict[str, Any]]:
    return [json.loads(value) for value in carried_fields(page)]


def ago(**back: float) -> str:
    return (datetime.now(UTC) - timedelta(**back)).isoformat().replace("+00:00", "Z")


def turn_fields(*said: str, at: str | None = None, **facts: Any) -> list[str]:
    """Return fields with these texts in turn. `facts` are of every answer."""
    moment = at or ago(minutes=5)
    return [
        json.dumps(
            {"role": "user", "content": text, "create_time": moment}
            if number % 2 == 0
            else {"role": "assistant", "content": text, "create_time": moment, **facts}
        )
        for number, text in enumerate(said)
    ]
