"""Documents that the assistant wrote beside the chat ("canvas"): shown in full under the answer."""

from __future__ import annotations

import json
from typing import Any

from webapp.importers import texts, untrusted


def card_of(message: Any) -> str:
    """Return the document or the change of one as a block; an empty text if the message has none."""
    document = _document(untrusted.at(message, "content"))
    updates = untrusted.items(document, "updates")
    if updates:
        changes = [untrusted.text(update, "replacement") for update in updates]
        return texts.join_blocks(
            [texts.named_block("Change to the document", change) for change in changes if change.strip()]
        )
    words = untrusted.text(document, "content")
    kind, _, language = untrusted.text(document, "type").partition("/")
    if not words.strip():
        return ""
    language = "markdown" if kind == "document" else language
    return texts.named_block(untrusted.text(document, "name") or "Document", words, language)


def _document(content: Any) -> dict[str, Any]:
    """Return the document of a call, which is an object, or an object as text."""
    for value in (untrusted.at(content, "parts", 0), untrusted.at(content, "text"), content):
        if isinstance(value, dict) and ("updates" in value or "name" in value):
            return value
        if isinstance(value, str) and value.lstrip().startswith("{"):
            try:
                found = json.loads(value, strict=False)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                return found
    return {}
