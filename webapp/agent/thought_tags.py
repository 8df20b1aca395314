"""Thoughts within the text, such as `<think>…</think>` and `[THINK]…[/THINK]`, in pieces that are cut anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.agent.code_lines import CodeLines
from webapp.agent.tags import certain_length, tags_in
from webapp.agent.values import Reasoning, Rethought, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.agent.tags import Tag
    from webapp.agent.values import Event

#: Characters after a closing tag in code that are held until another closing tag or the end says what the first one is.
_LONGEST_DOUBT = 2_000
#: The first fence after such a tag. With a language it begins code, so the fence before the tag was left open.
_NEXT_FENCE = re.compile(r"^[\s>]*(?:`{3,}|~{3,})[ \t]*(?P<language>\w?)", re.MULTILINE)
#: A closing tag between two of the same is quoted.
_QUOTES = frozenset("`\"'")


class ThoughtTags:
    """Splits a text that comes in pieces into answer and thoughts.

    An opening tag counts at the beginning of a line, a closing one at the beginning or the end. A tag whose name is a
    usual word opens a thought only at the beginning of the answer. Tags in Markdown code are text, and so is a quoted
    closing tag within a thought. One in fenced code ends the thought if no other one does, because a thought may also
    leave its fence open. A closing tag without an opening one means that the text before it was a thought: the prompts
    of some models contain the opening tag.
    """

    def __init__(self) -> None:
        self._held = ""
        self._kind = ""
        self._has_thought = False
        # The last character of the thought.
        self._last = ""
        # The blank text at the beginning. It is no part of the answer if a thought follows.
        self._blank = ""
        self._is_blank = True
        self._lines = CodeLines()
        # Where the text has a closing tag in code, which may be the end of the thought.
        self._doubtful: int | None = None

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

    @property
    def _is_thought(self) -> bool:
        return bool(self._kind)

    def _split(self, text: str, *, is_end: bool) -> Iterator[Event]:
        self._held = ""
        while text:
            found = self._next_tag(text, is_end=is_end)
            if found is None:
                cut = len(text) if is_end else certain_length(text[: self._doubtful])
                self._held = text[cut:]
                yield from self._say(text[:cut])
                return
            if found.end == len(text) and not is_end and self._waits_for_more(text, found):
                self._held = text[found.start :]
                yield from self._say(text[: found.start])
                return
            yield from self._say(text[: found.start])
            yield from self._pass(found)
            text = text[found.end :]

    def _next_tag(self, text: str, *, is_end: bool) -> Tag | None:
        """Return the first tag that counts."""
        self._doubtful = None
        if self._is_thought:
            return self._next_end(text, is_end=is_end)
        lines, at = self._lines.copy(), 0
        is_blank = self._is_blank
        for found in tags_in(text):
            after = text[found.end : found.end + 1]
            lines.read(text[at : found.start])
            is_blank = is_blank and not text[at : found.start].strip()
            if self._counts(found, lines, after, is_blank=is_blank, is_end=is_end):
                return found
            lines.read(found.text)
            at, is_blank = found.end, False
        return None

    def _next_end(self, text: str, *, is_end: bool) -> Tag | None:
        """Return the closing tag that ends the thought. `_doubtful` is the place of one that may be it."""
        lines, at, doubtful = self._lines.copy(), 0, None
        for found in tags_in(text):
            if not found.is_closing or found.kind != self._kind:
                continue
            lines.read(text[at : found.start])
            at = found.start
            if self._is_quoted(text, found, text[found.end : found.end + 1]):
                continue
            if not lines.is_fenced:
                return found
            doubtful = doubtful or found
        if doubtful is None or is_end or _leaves_fence_open(text, doubtful):
            return doubtful
        if len(text) - doubtful.end > _LONGEST_DOUBT:
            lines.read(text[at:])
            return doubtful if lines.is_fenced else None
        self._doubtful = doubtful.start
        return None

    def _is_quoted(self, text: str, found: Tag, after: str) -> bool:
        before = text[found.start - 1] if found.start else self._last
        return before in _QUOTES and before == after

    def _counts(self, found: Tag, lines: CodeLines, after: str, *, is_blank: bool, is_end: bool) -> bool:
        if lines.is_code:
            return False
        if not found.is_sure:
            return is_blank and lines.is_line_start and not found.is_closing
        if lines.is_line_start:
            return True
        return found.is_closing and not self._has_thought and (after in {"\n", "\r"} or (not after and not is_end))

    def _waits_for_more(self, text: str, found: Tag) -> bool:
        """Say whether only the next character tells if a closing tag ends its line, or is quoted."""
        if self._is_thought:
            return (text[found.start - 1] if found.start else self._last) in _QUOTES
        lines = self._lines.copy()
        lines.read(text[: found.start])
        return not lines.is_line_start

    def _pass(self, tag: Tag) -> Iterator[Event]:
        if not self._is_thought and tag.is_closing:
            # Without an opening tag.
            if not self._is_blank and self._has_thought:
                yield from self._say(tag.text)
                return
            if not self._is_blank:
                yield Rethought()
            self._is_blank = True
        self._kind = "" if self._is_thought or tag.is_closing else tag.kind
        self._has_thought = True
        self._blank, self._last = "", ""
        self._lines = CodeLines()

    def _say(self, text: str) -> Iterator[Event]:
        if self._is_thought:
            if text:
                self._last = text[-1]
                self._lines.read(text)
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
    if next(tags_in(text), None) is None:
        return text
    tags = ThoughtTags()
    answer = ""
    for event in (*tags.read(text), *tags.end()):
        if isinstance(event, Rethought):
            answer = ""
        elif isinstance(event, Text):
            answer += event.text
    return answer


def _leaves_fence_open(text: str, tag: Tag) -> bool:
    following = _NEXT_FENCE.search(text, tag.end)
    return following is not None and bool(following["language"])
