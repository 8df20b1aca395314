"""Citations of an answer: a link behind each cited span."""

from __future__ import annotations

from typing import Any

from webapp.importers import texts, untrusted


def cited(block: Any) -> str:
    """Return the text of a block with its links. A position that cannot be right gets its link at the end."""
    text = untrusted.text(block, "text")
    ends: dict[int, list[str]] = {}
    listed: list[str] = []
    for citation in untrusted.items(block, "citations"):
        link = _link(citation)
        end = untrusted.at(citation, "end_index")
        is_place = isinstance(end, int) and not isinstance(end, bool) and _is_place(text, end)
        found = ends.setdefault(len(text[:end].rstrip()), []) if is_place else listed
        if link.startswith("[") and link not in found:
            found.append(link)
    for end in sorted(ends, reverse=True):
        if ends[end]:
            text = f"{text[:end]} {' '.join(ends[end])}{text[end:]}"
    listed = [f"- {link}" for link in listed if link not in text]
    return texts.join_blocks([text, "Sources:\n\n" + "\n".join(listed)]) if listed else text


def _link(citation: Any) -> str:
    details = untrusted.mapping(citation, "details")
    url = untrusted.text(details, "url") or untrusted.text(citation, "url")
    return texts.link(untrusted.text(citation, "title") or untrusted.text(details, "title"), url)


def _is_place(text: str, end: int) -> bool:
    """Say whether a link can stand there: not inside a word or a code block."""
    if not 0 < end <= len(text) or text[:end].count("```") % 2:
        return False
    return not (text[end - 1 : end].isalnum() and text[end : end + 1].isalnum())
