"""Bare addresses in a text: linkify-it's rules, in one pass and with a bounded look-ahead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from linkify_it.ucre import SRC_DOMAIN, SRC_XN  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linkify_it.main import Match  # type: ignore[import-untyped]

#: Characters between two brackets or quotation marks within an address. If there are more, the address ends before
#: the first of the two. Without a bound each opening is followed to the end of its line.
_LONGEST_BRACKET = 400

#: A label of a domain. The library's pattern reads `xn--a` before a dot in two ways, which doubles the work with
#: every label of `xn--a.xn--a.xn--a`. Here the second way is only tried where the first one is none.
_OTHER_LABELS = SRC_DOMAIN.removeprefix(f"(?:{SRC_XN}|").removesuffix(")")
_DOMAIN = f"(?:{SRC_XN}|(?!{SRC_XN}\\.)(?:{_OTHER_LABELS}))"


class _Candidate(NamedTuple):
    schema: str
    start: int
    end: int


class AddressFinder(LinkifyIt):  # type: ignore[misc]
    """Finds the addresses that linkify-it finds, in time that grows with the length of the text, not its square."""

    def _on_compile(self) -> None:
        """Make every pattern one that takes linear time."""
        for name, pattern in self.re.items():
            bounded = pattern.replace(SRC_DOMAIN, _DOMAIN).replace(").)*", f").){{0,{_LONGEST_BRACKET}}}")
            self.re[name] = bounded.replace(").)+", f").){{1,{_LONGEST_BRACKET}}}")

    def match(self, text: str) -> list[Match] | None:
        """Return the addresses in a text in their order, without those that begin within another, or None.

        The library measures every candidate before it drops those within another. A path may go on to the end of
        the line, so that takes quadratic time. Here a candidate within another is not measured.
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
        """Yield what begins with a known scheme, from `past[0]` on."""
        for match in re.finditer(self.re["schema_search"], text, flags=re.IGNORECASE):
            if match.end(1) < past[0]:
                continue
            if length := self.test_schema_at(text, match[2], match.end()):
                yield _Candidate(match[2], match.end(1), match.end() + length)

    def _like(self, text: str, pattern: str, schema: str) -> Iterator[_Candidate]:
        """Yield what looks like an address without a scheme."""
        for match in re.finditer(self.re[pattern], text, flags=re.IGNORECASE):
            yield _Candidate(schema, match.end(1), match.end())
