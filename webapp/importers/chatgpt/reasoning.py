"""The reasoning before an answer: thoughts, titles of steps, and the recap with its duration."""

from __future__ import annotations

import re
from typing import Any

from webapp.importers import texts, untrusted

_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]*)")
#: First letters of units in the languages in which recaps were seen. Without a unit it is seconds.
_UNITS = (("h", 3600), ("ч", 3600), ("時", 3600), ("小", 3600), ("m", 60), ("м", 60), ("分", 60))
_LONGEST_RECAP = 60


def thoughts_of(content: Any) -> list[str]:
    """Return the blocks of a `thoughts` content, of all shapes."""
    thoughts = untrusted.at(content, "thoughts")
    if isinstance(thoughts, str):
        return [texts.clean(thoughts)]
    blocks = []
    for thought in untrusted.items(thoughts) or untrusted.items(content, "parts"):
        if isinstance(thought, str):
            blocks.append(texts.clean(thought))
            continue
        summary = texts.clean_line(untrusted.at(thought, "summary"), 300)
        words = untrusted.text(thought, "content") or "\n".join(
            texts.clean(chunk) for chunk in untrusted.items(thought, "chunks")
        )
        blocks.append(texts.join_blocks([summary, words]))
    return blocks


def recap_of(content: Any) -> str:
    """Return the words of a `reasoning_recap` content, such as "Thought for 15s"."""
    return untrusted.text(content, "content") or untrusted.text(content, "parts", 0) or untrusted.text(content, "text")


def seconds_of(recap: str) -> float | None:
    """Return the duration that a recap names, in any language; None if it names none."""
    parts = _PART.findall(recap)
    if not parts or len(recap) > _LONGEST_RECAP:
        return None
    return sum(float(number.replace(",", ".")) * _unit(unit) for number, unit in parts)


def _unit(name: str) -> int:
    return next((size for start, size in _UNITS if name.lower().startswith(start)), 1)


def duration_of(metadata: Any) -> float | None:
    """Return the seconds that the metadata of a message names."""
    value = untrusted.at(metadata, "finished_duration_sec")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 1e7 else None
