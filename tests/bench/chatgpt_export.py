"""A ChatGPT export of any size, in the shape of 2024, made of texts of real chats."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from tests.support.exports import EXPORTS, read_exports

if TYPE_CHECKING:
    from pathlib import Path


def write_export(path: Path, chats: int, messages: int) -> None:
    """Write an export in the shape of 2024, of texts of real chats in random order."""
    texts = sorted(_real_texts())
    rng = random.Random(13)
    each = messages // chats
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for number in range(chats):
            file.write(("," if number else "") + json.dumps(_chat(number, each, texts, rng)))
        file.write("]")


def _real_texts() -> set[str]:
    names = ["chatgpt/librechat-chatgpt-export.json", "claude/simonw-artifacts.json", "other/oasst-en_100_tree.jsonl"]
    found = {
        message.content[:4_000]
        for name in names
        for chat in read_exports(EXPORTS / name).conversations
        for message in chat.messages
    }
    return {text for text in found if text.strip()}


def _chat(number: int, count: int, texts: list[str], rng: random.Random) -> dict[str, Any]:
    began = 1_600_000_000 + number * 7_000
    mapping: dict[str, Any] = {}
    parent = None
    for place in range(count):
        node = f"{number:08x}-{place:04x}"
        mapping[node] = {
            "id": node,
            "parent": parent,
            "children": [],
            "message": {
                "id": node,
                "author": {"role": ("user", "assistant")[place % 2], "name": None, "metadata": {}},
                "create_time": began + place * 40,
                "content": {"content_type": "text", "parts": [f"{rng.choice(texts)} {number}"]},
                "status": "finished_successfully",
                "weight": 1.0,
                "recipient": "all",
                "metadata": {"model_slug": "gpt-4"},
            },
        }
        parent = node
    return {
        "id": f"{number:032x}", "title": f"Chat {number}", "create_time": began, "update_time": began + count * 40,
        "mapping": mapping, "current_node": parent,
    }  # fmt: skip
