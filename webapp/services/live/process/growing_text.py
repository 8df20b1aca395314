"""A text that grows by pieces, sanitized for every database."""

from __future__ import annotations

from webapp.services.content import sanitize_text


class GrowingText:
    """A text in pieces, which are joined when it is read. Not thread-safe."""

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._pieces: list[str] = []
        self._half = ""
        self.length = len(text)

    def add(self, piece: str) -> None:
        """Append a piece. Half a surrogate pair at its end waits for the other half."""
        piece, self._half = _whole(self._half + piece)
        self._append(piece)

    def length_before(self, piece: str) -> int:
        """Return the characters before those of `piece`, if it is added now."""
        is_second_half = piece and "\udc00" <= piece[0] <= "\udfff"
        return self.length + len("" if is_second_half else self._half)

    def end(self) -> None:
        """Append what waits: the other half never came."""
        self._append(sanitize_text(self._half))
        self._half = ""

    def joined(self) -> str:
        """Return the text so far."""
        if self._pieces:
            self._text += "".join(self._pieces)
            self._pieces.clear()
        return self._text

    def _append(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)
            self.length += len(piece)


def _whole(text: str) -> tuple[str, str]:
    """Return the sanitized text and a high surrogate from its end, whose other half may come with the next piece."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return sanitize_text(text[:-1]), text[-1]
    return sanitize_text(text), ""
