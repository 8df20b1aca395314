"""A record of Gemini's activity, of whichever file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from webapp.importers.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_PRODUCT = re.compile(r"\b(gemini|bard)\b", re.IGNORECASE)
_VERB = re.compile(r"(?:Prompted|Asked|Said)(?:\s+|:\s*|$)")
_ATTACHED = re.compile(r"\bAttached (\d{1,4}) files?\.")


@dataclass(frozen=True, slots=True)
class Activity:
    """A prompt and its answer, in Markdown. `attached` is the number of files, `files` the names that are known.

    `is_guess` says that the file does not mark where the answer begins.
    """

    place: str
    time: datetime | None
    prompt: str
    answer: str
    files: Sequence[str] = ()
    attached: int = 0
    is_guess: bool = False
    counts: Counter[str] = field(default_factory=Counter)


Found: TypeAlias = Activity | LeftOut


def is_gemini(product: str) -> bool:
    return bool(_PRODUCT.search(product))


def after_verb(title: str) -> str | None:
    """Return what was asked, or None if the title does not begin with a word for asking."""
    found = _VERB.match(title)
    return title[found.end() :] if found else None


def without_attached(prompt: str) -> tuple[str, int, list[str]]:
    """Return the prompt without the sentence about its files at the end, their number, and the names after it."""
    found = max(_ATTACHED.finditer(prompt), key=lambda one: one.start(), default=None)
    if found is None:
        return prompt, 0, []
    lines = [re.sub(r"\\(.)", r"\1", line).strip() for line in prompt[found.end() :].split("\n")]
    names = [line for line in lines if line]
    if not all(name.startswith("-") for name in names):
        return prompt, 0, []
    return prompt[: found.start()].rstrip(), int(found.group(1)), [name.lstrip("- ") for name in names]
