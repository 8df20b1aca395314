"""The `<details type="reasoning">` blocks in the texts of Open WebUI."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_OPEN = re.compile(r'<details\s+type="(reasoning|tool_calls|code_interpreter)"[^<>\n]*+>')
_SUMMARY = re.compile(r"\s*<summary>([^<]*)</summary>\s*")
_ATTRIBUTE = re.compile(r'([a-z_]+)="([^"]*)"')
_CLOSE = "</details>"


@dataclass(frozen=True, slots=True)
class Detail:
    """A folded block. `body` is HTML or Markdown without the summary."""

    kind: str
    body: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return html.unescape(self.attributes.get("name", ""))

    @property
    def seconds(self) -> float | None:
        value = self.attributes.get("duration", "")
        return float(value) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value) else None

    @property
    def is_unfinished(self) -> bool:
        return self.attributes.get("done") == "false"


def split_details(text: str) -> list[str | Detail]:
    """Return a text as its pieces and folded blocks. A block within a code block is text."""
    pieces: list[str | Detail] = []
    at = 0
    is_in_code = False
    counted = 0
    while found := _OPEN.search(text, max(at, counted)):
        is_in_code ^= _fences(text, counted, found.start()) % 2 == 1
        counted = found.end()
        is_at_start = found.start() == at or text[found.start() - 1] == "\n"
        if is_in_code or not is_at_start:
            continue
        end = text.find(_CLOSE, found.end())
        # The block of an answer that was cut off has no end.
        end = len(text) if end < 0 else end
        pieces += [text[at : found.start()], _detail(found, text[found.end() : end])]
        at = counted = end + len(_CLOSE)
    pieces.append(text[at:])
    return [piece for piece in pieces if isinstance(piece, Detail) or piece.strip()]


def _fences(text: str, start: int, end: int) -> int:
    return len(re.findall(r"^ {0,3}```", text[start:end], re.MULTILINE))


def _detail(opening: re.Match[str], body: str) -> Detail:
    attributes = dict(_ATTRIBUTE.findall(opening.group()))
    return Detail(opening.group(1), _SUMMARY.sub("", body, count=1), attributes)
