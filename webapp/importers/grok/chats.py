"""One chat of Grok: a tree of responses, of which the branch with the newest leaf was shown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.branches import displayed
from webapp.importers.grok.responses import is_person, message
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time
from webapp.importers.tree import path_to

if TYPE_CHECKING:
    from webapp.importers.grok.assets import Assets
    from webapp.importers.records import ImportedMessage, Record


def conversation(place: str, value: Any, assets: Assets) -> Record:
    facts = untrusted.mapping(value, "conversation")
    counts: Counter[str] = Counter()
    title = untrusted.text(facts, "title").strip() or untrusted.text(facts, "summary")
    title = texts.clean_line(title, 200)
    messages = _messages(facts, untrusted.items(value, "responses"), counts, assets)
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(facts, "id") or None,
        title=title,
        messages=messages,
        create_time=parse_time(untrusted.at(facts, "create_time")),
        update_time=parse_time(untrusted.at(facts, "modify_time")),
        model=next((found.model for found in reversed(messages) if found.model), None),
        pinned=untrusted.at(facts, "starred") is True,
        left_out=+counts,
    )


def _messages(facts: Any, responses: list[Any], counts: Counter[str], assets: Assets) -> list[ImportedMessage]:
    nodes = _nodes(responses, counts)
    parents = _parents(nodes)
    found = displayed(parents, lambda key: parse_time(untrusted.at(nodes[key], "create_time")))
    leaf = untrusted.name(facts, "leaf_response_id")
    path = path_to(leaf, parents) if leaf in nodes else found.path
    on_path = set(path)
    counts[left_out.BRANCH] += len(nodes) - len(on_path)
    counts[left_out.MISSING_PART] += found.orphans
    counts[left_out.EMPTY] += sum(1 for key, node in nodes.items() if key not in on_path and _is_empty(node))
    # The model of an answer may stand on its question.
    asked = ""
    messages: list[ImportedMessage] = []
    for key in path:
        asked = untrusted.text(nodes[key], "model") or (asked if not is_person(nodes[key]) else "")
        is_torn = key == path[0] and parents[key] is not None
        if made := message(nodes[key], counts, asked, assets, is_torn=is_torn):
            messages.append(made)
    return messages


def _nodes(responses: list[Any], counts: Counter[str]) -> dict[str, Any]:
    """Return the responses by id. Those without one get one of their own; the later of two equal ids as well."""
    nodes: dict[str, Any] = {}
    for number, entry in enumerate(responses):
        response = untrusted.mapping(entry, "response") or untrusted.mapping(entry)
        if not response:
            counts[left_out.UNREADABLE] += 1
            continue
        key = untrusted.name(response, "_id")
        nodes[key if key and key not in nodes else f"#{number}"] = response
    return nodes


def _parents(nodes: dict[str, Any]) -> dict[str, str | None]:
    """Return the parent of each response. A list in which nobody has one is in its order."""
    parents = {key: untrusted.name(node, "parent_response_id") or None for key, node in nodes.items()}
    if any(parents.values()):
        return parents
    if any(untrusted.name(node, "_id") for node in nodes.values()) and len(nodes) > 1 and _are_retries(nodes):
        return parents
    before: str | None = None
    for key in nodes:
        parents[key], before = before, key
    return parents


def _are_retries(nodes: dict[str, Any]) -> bool:
    """Say whether all are first prompts that were never answered."""
    return all(is_person(node) for node in nodes.values())


def _is_empty(node: Any) -> bool:
    return not untrusted.text(node, "message").strip() and not untrusted.items(node, "generated_image_urls")
