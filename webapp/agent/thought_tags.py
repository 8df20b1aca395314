"""Thoughts within the text: `<think>…</think>` and `<thinking>…</thinking>`, in pieces that are cut anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.agent.code_lines import CodeLines
from webapp.agent.values import Reasoning, Rethought, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.agent.values import Event

_TAG = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)
_CLOSING = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAGS = ("<think>", "</think>", "<thinking>", "</thinking>")
_LONGEST = max(map(len, _TAGS))


class ThoughtTags:
    """Splits a text that comes in pieces into answer and thoughts.

    An opening tag counts at the beginning of a line, a closing one at the beginning or the end. Tags in Markdown code
    are text. A closing tag without an opening one means that the text before it was a thought: the prompts of some
    models contain the opening tag.
    """

    def __init__(self) -> None:
        self._held = ""
        self._is_thought = False
        self._has_thought = False
        # The blank text at the beginning. It is no part of the answer if a thought follows.
        self._blank = ""
        self._is_blank = True
        self._lines = CodeLines()

    def read(self, piece: str) -> Iterator[Event]:
        """Yield what the next piece says for certain. The rest is held until more comes."""
        yield from self._split(self._held + piece, is_end=False)

    def note_reasoning(self) -> None:
        """Note that the provider has sent reasoning apart from the text."""
        self._has_thought = True

    def end(self) -> Iterator[Event]:
        """Yield what was held."""
        yield from self._split(self._held, is_end=True)
        if self._blank:
            yield Text(self._blank)

    def _split(self, text: str, *, is_end: bool) -> Iterator[Event]:
        self._held = ""
        while text:
            found = self._next_tag(text, is_end=is_end)
            if found is None:
                cut = len(text) if is_end else _certain(text)
                self._held = text[cut:]
                yield from self._say(text[:cut])
                return
            if found.end() == len(text) and not is_end and self._waits_for_more(text, found):
                self._held = text[found.start() :]
                yield from self._say(text[: found.start()])
                return
            yield from self._say(text[: found.start()])
            yield from self._pass(found)
            text = text[found.end() :]

    def _next_tag(self, text: str, *, is_end: bool) -> re.Match[str] | None:
        """Return the first tag that counts."""
        if self._is_thought:
            return _CLOSING.search(text)
        lines, at = self._lines.copy(), 0
        for found in _TAG.finditer(text):
            lines.read(text[at : found.start()])
            after = text[found.end() : found.end() + 1]
            if self._counts(found, lines, after, is_end=is_end):
                return found
            lines.read(found[0])
            at = found.end()
        return None

    def _counts(self, found: re.Match[str], lines: CodeLines, after: str, *, is_end: bool) -> bool:
        if lines.is_code:
            return False
        if lines.is_line_start:
            return True
        return bool(found[1]) and not self._has_thought and (after in {"\n", "\r"} or (not after and not is_end))

    def _waits_for_more(self, text: str, found: re.Match[str]) -> bool:
        """Say whether only the next character tells if a closing tag ends its line."""
        if self._is_thought:
            return False
        lines = self._lines.copy()
        lines.read(text[: found.start()])
        return not lines.is_line_start

    def _pass(self, tag: re.Match[str]) -> Iterator[Event]:
        if not self._is_thought and tag[1]:
            # Without an opening tag.
            if not self._is_blank and self._has_thought:
                yield from self._say(tag[0])
                return
            if not self._is_blank:
                yield Rethought()
            self._is_blank = True
        self._is_thought = not self._is_thought and not tag[1]
        self._has_thought = True
        self._blank = ""
        self._lines = CodeLines()

    def _say(self, text: str) -> Iterator[Event]:
        if self._is_thought:
            if text:
                yield Reasoning(text)
            return
        self._lines.read(text)
        if self._is_blank:
            text = self._begin(text)
        if text:
            yield Text(text)

    def _begin(self, text: str) -> str:
        """Return the beginning of the answer: nothing while it is blank, and without the blank after a thought."""
        text = self._blank + text
        self._blank = "" if self._has_thought else text
        if not text.strip():
            return ""
        self._is_blank, self._blank = False, ""
        return text.lstrip() if self._has_thought else text


def answer_of(text: str) -> str:
    """Return a whole answer without the thoughts in it."""
    if "think" not in text.lower():
        return text
    tags = ThoughtTags()
    answer = ""
    for event in (*tags.read(text), *tags.end()):
        if isinstance(event, Rethought):
            answer = ""
        elif isinstance(event, Text):
            answer += event.text
    return answer


def _certain(text: str) -> int:
    """Return the length of the text without the beginning of a tag at its end."""
    at = text.rfind("<", max(0, len(text) - _LONGEST))
    is_begun = at >= 0 and any(tag.startswith(text[at:].lower()) for tag in _TAGS)
    return at if is_begun else len(text)
