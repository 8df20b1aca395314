"""Bare addresses in a text: the rules of linkify-it in one pass with a bounded lookahead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from linkify_it.ucre import SRC_DOMAIN, SRC_XN  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linkify_it.main import Match  # type: ignore[import-untyped]

#: Most characters between two brackets or quotation marks within an address. With more, the address ends before the
#: first mark. Without a bound the pattern scans to the end of the line for each opening mark.
_LONGEST_BRACKET = 400

#: A label of a domain. The library's pattern matches `xn--a` before a dot in two ways, which doubles the work with
#: every label of `xn--a.xn--a.xn--a`. Here the second way is tried only if the first cannot match.
_OTHER_LABELS = SRC_DOMAIN.removeprefix(f"(?:{SRC_XN}|").removesuffix(")")
_DOMAIN = f"(?:{SRC_XN}|(?!{SRC_XN}\\.)(?:{_OTHER_LABELS}))"


#: Punctuation of other scripts. An address ends before it, because no blank needs to stand between the two. The first
#: line has that of Chinese and Japanese. The second has quotation marks, and the marks of Armenian, Hebrew, Arabic,
#: Urdu, Syriac, Hindi, Tibetan, Burmese, Ethiopic and Khmer.
_WIDE_MARK = re.compile(
    "[\u3000-\u3004\u3008-\u3020\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u201c\u201d\u2018\u2019\u2026\u2014"
    "\u00ab\u00bb\u201e\u0589\u05be\u05c3\u060c\u061b\u061f\u066a-\u066c\u06d4\u0700-\u070d\u0964\u0965\u0f0d\u0f0e\u104a\u104b\u1361-\u1368\u17d4\u17d5]"
)
_WITHOUT_SCHEME = "www."


class _Candidate(NamedTuple):
    schema: str
    start: int
    end: int


class AddressFinder(LinkifyIt):  # type: ignore[misc]
    """Finds the addresses that linkify-it finds, in linear instead of quadratic time.

    An address has a scheme, begins with `www.`, or is one of mail: `README.md` and `os.name` are none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.add("//", None)

    def test_schema_at(self, text: str, name: str, pos: int) -> int:
        """Return how many characters after a scheme belong to an address."""
        length = int(super().test_schema_at(text, name, pos))
        return _before_wide_mark(text, pos, pos + length) - pos

    def _on_compile(self) -> None:
        """Bound every pattern, so that it takes linear time."""
        for name, pattern in self.re.items():
            bounded = pattern.replace(SRC_DOMAIN, _DOMAIN).replace(").)*", f").){{0,{_LONGEST_BRACKET}}}")
            self.re[name] = bounded.replace(").)+", f").){{1,{_LONGEST_BRACKET}}}")

    def match(self, text: str) -> list[Match] | None:
        """Return the addresses in a text in order, or None. An address within another one is skipped.

        The library finds the end of every candidate before it skips the inner ones. A path may reach to the end of the
        line, so that takes quadratic time. Here the end of an inner candidate is never searched.
        """
        past = [0]
        streams = (
            self._with_schema(text, past),
            self._like(text, "email_fuzzy", "mailto:"),
            self._like(text, "link_no_ip_fuzzy", ""),
        )
        heads = [next(stream, None) for stream in streams]
        matches: list[Match] = []
        while candidates := [head for head in heads if head]:
            first = min(candidates, key=lambda candidate: (candidate.start, -candidate.end))
            if first.start >= past[0]:
                matches.append(self._create_match(text, first.schema, first.start, first.end))
                past[0] = first.end
            turn = heads.index(first)
            heads[turn] = next(streams[turn], None)
        return matches or None

    def _with_schema(self, text: str, past: list[int]) -> Iterator[_Candidate]:
        """Yield the candidates with a known scheme, from `past[0]` on."""
        for match in re.finditer(self.re["schema_search"], text, flags=re.IGNORECASE):
            if match.end(1) < past[0]:
                continue
            if length := self.test_schema_at(text, match[2], match.end()):
                yield _Candidate(match[2], match.end(1), match.end() + length)

    def _like(self, text: str, pattern: str, schema: str) -> Iterator[_Candidate]:
        """Yield the candidates without a scheme that match a pattern."""
        for match in re.finditer(self.re[pattern], text, flags=re.IGNORECASE):
            start, end = match.end(1), _before_wide_mark(text, match.end(1), match.end())
            if schema or text[start:end].lower().startswith(_WITHOUT_SCHEME):
                yield _Candidate(schema, start, end)


def _before_wide_mark(text: str, start: int, end: int) -> int:
    """Return where an address ends that was read up to `end`."""
    mark = _WIDE_MARK.search(text, start, end)
    return mark.start() if mark else end
