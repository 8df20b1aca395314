"""One response of Grok: a prompt or an answer, with reasoning, tools, sources and files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.draft import Draft
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter

    from webapp.importers.grok.assets import Assets
    from webapp.importers.records import ImportedMessage

_RENDER = re.compile(r"<grok:render\b([^<>]*)>(?:(?!<grok:render).)*?</grok:render>", re.DOTALL)
_CARD_ID = re.compile(r'card_id="([^"]*)"')
_TOOL_CARD = re.compile(r"<xai:tool_usage_card>(.*?)(?:</xai:tool_usage_card>|(?=<xai:tool_usage_card>)|\Z)", re.DOTALL)
_TOOL_NAME = re.compile(r"<xai:tool_name>\s*([\w .:-]{1,60})")


def is_person(node: Any) -> bool:
    return untrusted.text(node, "sender").strip().lower() in ("human", "user")


def message(
    node: Any, counts: Counter[str], model: str, assets: Assets, *, is_torn: bool = False
) -> ImportedMessage | None:
    draft = Draft("user" if is_person(node) else "assistant", counts)
    if is_torn:
        draft.note("the beginning of this chat is not in the export")
    _think(draft, node)
    draft.say(_text(node))
    _attach(draft, node, assets)
    draft.sources(_links(node))
    if untrusted.at(node, "partial") is True or untrusted.mapping(node, "error"):
        draft.note("the answer was aborted")
    elif draft.is_empty and (query := untrusted.text(node, "query")):
        draft.note(f"picture or search: {query}")
    elif draft.is_empty and draft.role == "assistant":
        draft.note("answer without text")
    return draft.build(
        create_time=parse_time(untrusted.at(node, "create_time")),
        external_id=untrusted.name(node, "_id") or None,
        model=model or None,
    )


def _text(node: Any) -> str:
    """Return the message with the links of its citation cards in place."""
    cards: dict[str, str] = {}
    for encoded in untrusted.items(node, "card_attachments_json"):
        card = _decoded(encoded)
        if key := untrusted.name(card, "id"):
            cards[key] = texts.link(untrusted.text(card, "title"), untrusted.text(card, "url"))

    def linked(found: re.Match[str]) -> str:
        key = _CARD_ID.search(found.group(1))
        shown = cards.get(key.group(1), "") if key else ""
        return f" ({shown})" if shown else ""

    text = untrusted.text(node, "message")
    # Without an end mark the search for it would go to the end of the text each time.
    return _RENDER.sub(linked, text) if "</grok:render>" in text else text


def _decoded(encoded: Any) -> Any:
    if not isinstance(encoded, str):
        return encoded
    try:
        return json.loads(encoded)
    except (ValueError, RecursionError):
        return None


def _think(draft: Draft, node: Any) -> None:
    traces = [untrusted.text(node, "thinking_trace")]
    traces += [
        untrusted.text(trace) or untrusted.text(trace, "thinking_trace") or untrusted.text(trace, "text")
        for trace in untrusted.items(node, "agent_thinking_traces")
    ]
    for step in untrusted.items(node, "steps"):
        said = untrusted.at(step, "text")
        pieces = said if isinstance(said, list) else [said]
        traces.append("\n".join(piece for one in pieces if (piece := untrusted.text(one))))
    for trace in dict.fromkeys(traces):
        for card in _TOOL_CARD.finditer(trace):
            name = _TOOL_NAME.search(card.group(1))
            draft.tool(name.group(1) if name else "tool")
        draft.think(_TOOL_CARD.sub("", trace))


def _attach(draft: Draft, node: Any, assets: Assets) -> None:
    for reference in untrusted.items(node, "file_attachments"):
        key = untrusted.name(reference) or untrusted.name(reference, "id") or untrusted.name(reference, "file_id")
        name = texts.file_name(untrusted.text(reference, "file_name") or untrusted.text(reference, "name"), "")
        draft.attach(assets.find(key, name), name)
    for url in untrusted.items(node, "generated_image_urls"):
        draft.attach(assets.find(untrusted.text(url), "generated picture"), "generated picture", "image")


def _links(node: Any) -> list[tuple[str, str]]:
    found = untrusted.items(node, "cited_web_search_results") or untrusted.items(node, "web_search_results")
    return [(untrusted.text(one, "url"), untrusted.text(one, "title")) for one in found]
