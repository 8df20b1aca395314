"""JSON files of any size, an element at a time. A broken element costs only itself.

An element is parsed by the standard library's decoder from a buffer that grows until the element is whole. Memory is
bounded by the largest element. Numbers such as NaN are taken as the decoder takes them.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20
#: The decoder reports an error at most so many characters before the end of a text that was cut.
_EDGE = 64
#: Characters of one element. No real conversation is near it.
MOST_CHARACTERS = 64_000_000
_MARK = re.compile(r'["{}\[\],]')
_AFTER_NUMBER = re.compile(r"[,\]}\s]")
_TEXT_MARK = re.compile(r'["\\]')
_SPACE = re.compile(r"[\s\ufeff]*")


class Element(NamedTuple):
    """A value of a document: `(3,)` of an array, `("chats", 3)` of an array in an object, `("version",)` of an object.

    `error` says why the value is not there.
    """

    path: tuple[str | int, ...]
    value: Any
    error: str | None = None


def read_elements(stream: BinaryIO) -> Iterator[Element]:
    """Yield the elements of a document that is an array or an object. Arrays that are members of the object are opened.

    A document that ends too early yields what is whole, and then an error. A scalar yields one element with an empty
    path.
    """
    reader = _Reader(stream)
    first = reader.peek()
    if first == "[":
        reader.skip(1)
        yield from _array(reader, ())
    elif first == "{":
        reader.skip(1)
        yield from _object(reader)
    elif first:
        yield reader.value(())
    if first in ("[", "{") and reader.peek():
        yield Element((), None, "There is text after the end of the document.")


def read_lines(stream: BinaryIO) -> Iterator[Element]:
    """Yield the lines of a JSONL file by their number from 0. A line that is no JSON is an error."""
    for number, line in enumerate(_bounded_lines(stream)):
        if line is None:
            yield Element((number,), None, "The line is too long.")
        elif line.strip(" \t\r\n\ufeff\0"):
            try:
                yield Element((number,), json.loads(line.lstrip("\ufeff")))
            except (ValueError, RecursionError):
                yield Element((number,), None, "The line is no JSON.")


def _bounded_lines(stream: BinaryIO) -> Iterator[str | None]:
    """Yield each line, and None in place of one that is longer than any record."""
    while line := stream.readline(MOST_CHARACTERS):
        is_whole = len(line) < MOST_CHARACTERS or line.endswith(b"\n")
        yield line.decode("utf-8", "replace") if is_whole else None
        while not is_whole and line and not line.endswith(b"\n"):
            line = stream.readline(MOST_CHARACTERS)


def _array(reader: _Reader, path: tuple[str | int, ...]) -> Iterator[Element]:
    index = 0
    while True:
        following = reader.peek()
        if following == ",":
            reader.skip(1)
        elif following == "]":
            reader.skip(1)
            return
        elif not following:
            yield Element((*path, index), None, "The file ends too early.")
            return
        else:
            before = reader.position
            yield reader.value((*path, index))
            if reader.position == before:
                # A character that begins no value, such as a lone bracket.
                reader.skip(1)
            index += 1


def _object(reader: _Reader) -> Iterator[Element]:
    while True:
        following = reader.peek()
        if following == "}":
            reader.skip(1)
            return
        if following == ",":
            reader.skip(1)
            continue
        if following != '"':
            yield Element((), None, "The file ends too early." if not following else "The document is no valid JSON.")
            return
        key = reader.value(()).value
        if not isinstance(key, str) or reader.peek() != ":":
            yield Element((), None, "The document is no valid JSON.")
            return
        reader.skip(1)
        if reader.peek() == "[":
            reader.skip(1)
            yield from _array(reader, (key,))
        else:
            yield reader.value((key,))


class _Reader:
    """Decodes values from a stream of UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._json = json.JSONDecoder(strict=False)
        self._buffer = ""
        self._at = 0
        self._dropped = 0
        self._is_at_end = False

    @property
    def position(self) -> int:
        """The number of characters that were read over."""
        return self._dropped + self._at

    def peek(self) -> str:
        """Return the next character that is no space, or an empty text at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer) or not self._fill():
                return self._buffer[self._at : self._at + 1]

    def skip(self, count: int) -> None:
        self._at += count

    def value(self, path: tuple[str | int, ...]) -> Element:
        """Read the next value. If it cannot be parsed, read over it."""
        self._drop_before()
        size = _CHUNK
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer, self._at)
            except RecursionError:
                return self._over(path, "It is nested too deeply.")
            except ValueError as error:
                if len(self._buffer) - self._at > MOST_CHARACTERS:
                    return self._over(path, "It is too long.")
                if self._is_inside(error) or not self._fill(size):
                    return self._over(path, "It is no valid JSON.")
                size *= 2
                continue
            if _AFTER_NUMBER.search(self._buffer, end) is None and self._fill():
                # A number may continue: of `1e5`, `1` is a number, too.
                continue
            self._at = end
            return Element(path, value)

    def _is_inside(self, error: ValueError) -> bool:
        """Say whether an error is in the text, and not at the edge of what was read.

        The position of a text without an end is its beginning, which may be far back.
        """
        position = getattr(error, "pos", 0)
        return position < len(self._buffer) - _EDGE and not str(error).startswith("Unterminated string")

    def _over(self, path: tuple[str | int, ...], error: str) -> Element:
        """Read over a value by its brackets and quotation marks alone."""
        depth = 0
        while mark := self._next(_MARK):
            if mark == '"':
                self._over_text()
            elif mark in "{[":
                depth += 1
            elif mark in "}]":
                depth -= 1
            if depth < 0 or (mark == "," and depth == 0):
                # It belongs to the array or object around the value.
                self._at -= 1
                break
            if depth == 0 and mark in "}]":
                break
        return Element(path, None, error)

    def _over_text(self) -> None:
        while self._next(_TEXT_MARK) == "\\":
            if self._at < len(self._buffer) or self._fill():
                self._at += 1

    def _next(self, pattern: re.Pattern[str]) -> str:
        """Read over the next match and return it, or an empty text at the end."""
        while (found := pattern.search(self._buffer, self._at)) is None:
            self._at = len(self._buffer)
            self._drop_before()
            if not self._fill():
                return ""
        self._at = found.end()
        return found.group()

    def _fill(self, size: int | None = None) -> bool:
        """Read more. Return False at the end of the stream."""
        if self._is_at_end:
            return False
        data = self._stream.read(size or _CHUNK)
        self._is_at_end = not data
        self._buffer += self._decode(data, final=self._is_at_end)
        return not self._is_at_end

    def _drop_before(self) -> None:
        """Forget what was read over."""
        if self._at > _CHUNK // 4:
            self._dropped += self._at
            self._buffer = self._buffer[self._at :]
            self._at = 0
