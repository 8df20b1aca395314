"""Thoughts that a provider sends twice: apart from the text, and within it."""

from __future__ import annotations

#: Characters that are compared. What comes later is kept from both.
_COMPARED = 500_000


class ThoughtsOnce:
    """Passes on what two streams of thoughts have in common once. Blanks do not count in the comparison.

    The stream that is ahead is passed on. The other is held while it repeats that, and passed on whole if it differs.
    """

    def __init__(self) -> None:
        # By stream: the characters so far, the text that is held, and whether it is the one behind.
        self._letters: dict[bool, list[str]] = {True: [], False: []}
        self._held: dict[bool, str] = {True: "", False: ""}
        self._follows: dict[bool, bool] = {True: False, False: False}
        self._differ = False

    def pass_on(self, text: str, *, is_apart: bool) -> str:
        """Return what is new of the next piece of a stream."""
        own, other = self._letters[is_apart], self._letters[not is_apart]
        if self._differ or len(own) > _COMPARED:
            return text
        begun = len(own)
        own.extend(letter for letter in text if not letter.isspace())
        repeated = min(len(other), len(own)) - begun
        if repeated <= 0 and len(other) <= begun:
            return self._lead(text, is_apart=is_apart)
        if own[begun : begun + repeated] != other[begun : begun + repeated]:
            self._differ = True
            return self._held[is_apart] + text
        self._follows[is_apart] = True
        if len(own) < len(other):
            self._held[is_apart] += text
            return ""
        self._held[is_apart] = ""
        return self._lead(text[_length(text, repeated) :], is_apart=is_apart)

    def _lead(self, text: str, *, is_apart: bool) -> str:
        """Return the text of a stream that is not behind. Blanks after a repetition wait for what follows them."""
        text = self._held[is_apart] + text
        is_held = self._follows[is_apart] and not text.strip()
        self._held[is_apart] = text if is_held else ""
        self._follows[is_apart] = is_held
        return "" if is_held else text


def _length(text: str, letters: int) -> int:
    """Return the length of the text's beginning that has so many characters which are not blank."""
    for at, letter in enumerate(text):
        if not letters:
            return at
        letters -= not letter.isspace()
    return len(text)
