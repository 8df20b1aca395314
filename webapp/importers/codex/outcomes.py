"""Whether the use of a tool failed, by its output: a text, parts of text, or JSON in them."""

from __future__ import annotations

import json
import re
from typing import Any

from webapp.importers import untrusted

_STATUS = re.compile(r"^(?:Exit code|Process exited with code|exit code):?\s+(-?\d+)\s*$", re.MULTILINE)
#: The status stands in the first lines, before the program's own output.
_HEAD = 400


def has_failed(output: Any) -> bool:
    if isinstance(output, list):
        return any(_text_failed(untrusted.text(part, "text")) for part in output)
    if isinstance(output, dict):
        return _value_failed(output) or _text_failed(untrusted.text(output, "content"))
    return isinstance(output, str) and _text_failed(output)


def _text_failed(text: str) -> bool:
    if text.startswith("{"):
        try:
            return _value_failed(json.loads(text))
        except (ValueError, RecursionError):
            return False
    found = _STATUS.search(text[:_HEAD])
    return found is not None and found.group(1) != "0"


def _value_failed(value: Any) -> bool:
    status = untrusted.at(value, "metadata", "exit_code")
    status = untrusted.at(value, "exit_code") if status is None else status
    if isinstance(status, int) and not isinstance(status, bool):
        return status != 0
    return untrusted.at(value, "success") is False
