"""What a content reference of an answer cites, as links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted

if TYPE_CHECKING:
    from collections.abc import Iterable


def links_of(reference: Any) -> str:
    """Return the links of a reference, or the words that stood in its place."""
    if untrusted.text(reference, "type") == "hidden":
        return ""
    return " ".join(links(reference)) or untrusted.text(reference, "alt") or _label(reference)


def links(reference: Any) -> list[str]:
    items = untrusted.items(reference, "items")
    for sources in (
        [site for item in items for site in (item, *untrusted.items(item, "supporting_websites"))],
        untrusted.items(reference, "fallback_items"),
        [untrusted.at(one, "image_result") or one for one in untrusted.items(reference, "images")],
        untrusted.items(reference, "sources"),
        [reference],
        [{"url": url} for url in untrusted.items(reference, "safe_urls")],
    ):
        found = [texts.link(_name(one), untrusted.text(one, "url")) for one in sources if untrusted.text(one, "url")]
        if found:
            return list(dict.fromkeys(link for link in found if link.startswith("[")))
    return []


def _label(reference: Any) -> str:
    """Return the name of a source without an address, such as a file."""
    name = texts.escape(texts.clean_line(_name(reference), 200))
    return f"({name})" if name else ""


def _name(source: Any) -> str:
    return untrusted.text(source, "title") or untrusted.text(source, "name") or untrusted.text(source, "attribution")


def with_sources(text: str, found: Iterable[str]) -> str:
    """Return a text with a list of those links that are not in it."""
    missing = [link for link in dict.fromkeys(found) if link not in text]
    listed = "\n".join(f"- {link}" for link in missing)
    return texts.join_blocks([text.rstrip(), f"Sources:\n\n{listed}"]) if listed else text
