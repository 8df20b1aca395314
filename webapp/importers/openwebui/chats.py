"""One chat of Open WebUI: its row, and the branch that was shown."""

from __future__ import annotations

from collections import Counter
from typing import Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.branches import displayed, down
from webapp.importers.openwebui.messages import message
from webapp.importers.records import ImportedConversation, ImportedMessage, Record
from webapp.importers.times import parse_time
from webapp.importers.tree import path_to


def conversation(place: str, value: Any) -> Record:
    # A single chat may come without the row of the database around it.
    chat = untrusted.mapping(value, "chat") or untrusted.mapping(value)
    title = texts.clean_line(untrusted.text(value, "title") or untrusted.text(chat, "title"), 200)
    counts: Counter[str] = Counter()
    model = untrusted.text(chat, "models", 0) or None
    messages = _messages(value, chat, counts, model)
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(value, "id") or None,
        title=title,
        messages=messages,
        create_time=parse_time(untrusted.at(value, "created_at")) or parse_time(untrusted.at(chat, "timestamp")),
        update_time=parse_time(untrusted.at(value, "updated_at")),
        model=model,
        tags=_tags(value, chat),
        pinned=untrusted.at(value, "pinned") is True,
        archived=untrusted.at(value, "archived") is True,
        left_out=+counts,
    )


def _messages(value: Any, chat: Any, counts: Counter[str], model: str | None) -> list[ImportedMessage]:
    nodes = {key: node for key, node in untrusted.mapping(chat, "history", "messages").items() if _is_message(node)}
    if not nodes:
        shown = [node for node in untrusted.items(chat, "messages") if _is_message(node)]
    else:
        path = _path(value, chat, nodes, counts)
        shown = [nodes[key] for key in path]
        on_path = set(path)
        counts[left_out.BRANCH] += sum(
            1 for key, node in nodes.items() if key not in on_path and _role(node) != "system"
        )
    return [made for node in shown if (made := message(node, counts, model))]


def _path(value: Any, chat: Any, nodes: dict[str, Any], counts: Counter[str]) -> list[str]:
    # The lists of children may be stale.
    parents = {key: untrusted.name(node, "parentId") or None for key, node in nodes.items()}
    found = displayed(parents, lambda key: parse_time(untrusted.at(nodes[key], "timestamp")))
    if found.orphans:
        counts[left_out.MISSING_PART] += found.orphans
    leaf = next((key for key in _leaves(value, chat) if key in nodes), None)
    return found.path if leaf is None else path_to(down(leaf, parents), parents)


def _leaves(value: Any, chat: Any) -> list[str]:
    """Return what may name the shown message, the best first."""
    return [
        untrusted.name(chat, "history", "currentId"),
        untrusted.name(chat, "currentId"),
        untrusted.name(chat, "branchPointMessageId"),
        untrusted.name(value, "current_message_id"),
        untrusted.name(chat, "messages", -1, "id"),
    ]


def _is_message(node: Any) -> bool:
    return isinstance(node, dict) and ("role" in node or "content" in node)


def _role(node: Any) -> str:
    return untrusted.text(node, "role").lower()


def _tags(value: Any, chat: Any) -> tuple[str, ...]:
    """Return the tags. The export has no names of folders."""
    tags = [*untrusted.items(value, "meta", "tags"), *untrusted.items(chat, "tags")]
    names = [texts.clean_line(untrusted.text(tag, "name") or tag, 60) for tag in tags]
    if folder := untrusted.name(value, "folder_id"):
        names.append(f"folder {texts.clean_line(folder)[:4]}")
    return tuple(dict.fromkeys(name for name in names if name))
