"""Links and images that readers can trust: no address hides behind text that looks like another address."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from webapp.rendering.targets import is_address

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Characters of a path beyond which its middle is left out.
_LONGEST_PATH = 160

#: Characters that change the direction of the following text: overrides, embeddings and isolates.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: The same and the direction marks, which text may contain but an address does not need.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/*|//")
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}|\d{1,3}(?:\.\d{1,3}){3}")
_AROUND = "()[]{}<>\"'“”‘’«»*_,;!?…."


def honest_links(children: Sequence[Token], *, is_growing: bool = False) -> list[Token]:
    """Return the tokens of a line with links that show where they lead.

    If the text of a link looks like another address, the real host follows it. A link without visible text shows its
    address. An image in a link moves before it, because HTML allows no nested links. In a growing line a bare address
    at the end gets no note, because it is incomplete.
    """
    made: list[Token] = []
    start = -1
    for token in children:
        if token.type == "link_open":
            start = len(made)
        if token.type == "image" and start >= 0:
            made.insert(start, token)
            start += 1
            continue
        made.append(token)
        if token.type == "link_close" and start >= 0:
            made[start:] = _honest(made[start], made[start + 1 : -1], token)
            start = -1
    return _without_note_at_end(made) if is_growing else made


def _without_note_at_end(tokens: list[Token]) -> list[Token]:
    for number in range(len(tokens) - 1, 0, -1):
        if (tokens[number].type, tokens[number - 1].markup) == ("leads_to", "linkify"):
            return tokens[:number] + tokens[number + 1 :]
        if re.search(r"\s", tokens[number].content) or tokens[number].type.endswith("break"):
            break
    return tokens


def _honest(opening: Token, inner: list[Token], closing: Token) -> list[Token]:
    address = str(opening.attrGet("href") or "")
    words = "".join(" " if token.type.endswith("break") else token.content for token in inner)
    if not _readable(words):
        inner = [Token("text", "", 0, content=shown_address(address))]
        opening.attrSet("dir", "ltr")
        return [opening, *inner, closing]
    named = _named(words)
    opening.attrSet("dir", "ltr" if named else "auto")
    for token in inner:
        token.content = (_DIRECTIONS if named else _TURNS).sub(_visible, token.content)
    is_honest = not _TURNS.search(words) and named <= {_host_of(address)}
    return [opening, *inner, closing, *([] if is_honest else [_note(address)])]


def _readable(words: str) -> str:
    """Return the visible characters."""
    return "".join(character for character in words if unicodedata.category(character)[0] not in "CZ")


def _visible(match: re.Match[str]) -> str:
    return quote(match[0])


def _note(address: str) -> Token:
    return Token("leads_to", "", 0, content=_host_of(address) or shown_address(address))


def _named(words: str) -> set[str]:
    """Return the hosts that a text seems to name: `bank.example/login`, `https://localhost`, `me@bank.example`."""
    text = unicodedata.normalize("NFKC", words).casefold().replace("\u3002", ".")
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    hosts = set()
    for word in text.split():
        bare = word.lstrip(_AROUND)
        scheme = _SCHEME.match(bare)
        host = re.split(r"[/?#\\]", bare[scheme.end() :] if scheme else bare, maxsplit=1)[0].rstrip(_AROUND)
        is_address = scheme is not None and scheme[0].endswith("//")
        if not is_address:
            host = host.rpartition("@")[2].partition(":")[0]
        if host and (is_address or _HOST.fullmatch(host)):
            hosts.add(_short(re.sub(r":\d*$", "", host)))
    return hosts


def _host_of(address: str) -> str:
    """Return the host of an address, or an empty string for an address within the app."""
    try:
        parts = urlsplit(address)
        host = parts.path.rpartition("@")[2] if parts.scheme == "mailto" else parts.hostname
    except ValueError:
        return ""
    return _short(host or "")


def _short(host: str) -> str:
    return host.lower().strip(".").removeprefix("www.")


def shown_address(address: str) -> str:
    """Return an address for display. The middle of a long path is left out; the host is always complete."""
    address = _DIRECTIONS.sub(_visible, address)
    host_end = re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*|", address).end()  # type: ignore[union-attr]
    host, path = re.sub(r"//.*@", "//…@", address[:host_end]), address[host_end:]
    if len(path) > _LONGEST_PATH:
        half = _LONGEST_PATH // 2
        path = f"{path[:half]}…{path[-half:]}"
    return host + path


def render_note(host: str) -> str:
    """Return the note with the host of a link, for the place after it."""
    return f' <span class="address" dir="ltr">({escapeHtml(host)})</span>'


def render_image(description: str, address: str) -> str:
    """Return the link that replaces an image. It shows the address and says that the image was not loaded."""
    label = f"Image: {description.strip() or 'no description'} (not loaded)"
    label = f'<span dir="auto">{escapeHtml(label)}</span>'
    if not address:
        return f'<a class="image">{label}</a>'
    shown = f'<span class="address" dir="ltr">{escapeHtml(shown_address(address))}</span>'
    if not is_address(address):
        return f'<a class="image">{label} {shown}</a>'
    return f'<a class="image" target="_blank" href="{escapeHtml(address)}">{label} {shown}</a>'
