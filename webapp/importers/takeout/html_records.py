"""The records of `MyActivity.html`, a cell at a time.

The cell has the product, the prompt, the date and the answer. In some the verb and the date stand in the cell's head;
then nothing marks who speaks, and the first paragraph is taken as the prompt.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from html import unescape
from typing import TYPE_CHECKING

from webapp.importers import left_out, texts
from webapp.importers.attempts import unreadable
from webapp.importers.json_stream import MOST_CHARACTERS
from webapp.importers.markup import plain_text, to_markdown
from webapp.importers.records import LeftOut
from webapp.importers.takeout.activity import Activity, Found, after_verb, is_gemini, without_attached
from webapp.importers.takeout.dates import DATE, parse_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from webapp.importers.bundle import Member

_CELL = '<div class="outer-cell'
_CONTENT = '<div class="content-cell'
_CHUNK = 1 << 18
#: A link to a file beside the page.
_LOCAL = re.compile(r'<a href="([^":<>/?#]{1,255})"')
_BREAK = re.compile(r"<br\s*/?>|</?p\b[^<>]{0,300}>|</?div\b[^<>]{0,300}>")


def read_html(member: Member) -> Iterator[Found]:
    for number, cell in enumerate(_cells(member)):
        place = f"{member.name}, record {number + 1}"
        yield unreadable(place, "The record is too long.") if cell is None else _record(place, cell)


def _cells(member: Member) -> Iterator[str | None]:
    """Yield the text of each cell; None for one that is longer than any record."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    buffer = ""
    is_first = True
    with member.open() as stream:
        while data := stream.read(_CHUNK):
            buffer += decode(data)
            *cells, buffer = buffer.split(_CELL)
            yield from cells[is_first:] if cells else ()
            is_first = is_first and not cells
            if len(buffer) > MOST_CHARACTERS:
                buffer = ""
                yield None
    if not is_first:
        yield buffer


def _record(place: str, cell: str) -> Found:
    head, *contents = cell.split(_CONTENT)
    # The rest of the tag that the text was split at.
    head = head.partition(">")[2]
    content = contents[0].partition(">")[2] if contents else ""
    lines = [line.strip() for line in texts.clean(plain_text(head)).split("\n") if line.strip()]
    product = lines[0] if lines else ""
    if not is_gemini(product):
        return LeftOut(place=place, kind=left_out.OTHER_PRODUCT, reason=texts.clean_line(product or "unknown", 60))
    found = _headed(place, lines, content) if len(lines) > 1 else _dated(place, content)
    return found or LeftOut(place=place, kind=left_out.NOT_A_CHAT, reason=_verb(lines, content))


def _verb(lines: list[str], content: str) -> str:
    said = lines[1] if len(lines) > 1 else plain_text(content).strip().partition(" ")[0]
    return texts.clean_line(said, 60) or "unknown activity"


def _headed(place: str, lines: list[str], content: str) -> Activity | None:
    time = next((moment for line in lines[1:] if (moment := parse_date(line)) is not None), None)
    if after_verb(lines[1]) is None:
        return None
    counts: Counter[str] = Counter()
    prompt, _, answer = texts.clean(to_markdown(content, counts)).partition("\n\n")
    return _activity(place, time, prompt, answer, counts, is_guess=bool(answer))


def _dated(place: str, content: str) -> Activity | None:
    """Return the record of a cell that has the prompt, then the date on a line, then the answer."""
    at, time = _date_line(content)
    if at is None:
        return None
    start, end = at
    counts: Counter[str] = Counter()
    title = texts.clean(to_markdown(content[:start], counts))
    answer = texts.clean(to_markdown(content[end:], counts))
    asked = after_verb(title)
    if asked is None and not answer:
        return None
    local = [unescape(name) for name in _LOCAL.findall(content[:start])]
    return _activity(place, time, title if asked is None else asked, answer, counts, local=local)


def _date_line(content: str) -> tuple[tuple[int, int] | None, datetime | None]:
    """Return where the first line is that is a date, and the date."""
    at = 0
    for mark in [*_BREAK.finditer(content), None]:
        end = mark.start() if mark else len(content)
        line = plain_text(content[at:end]) if end - at < 200 else ""
        if DATE.fullmatch(line):
            return (at, end), parse_date(line)
        at = mark.end() if mark else end
    return None, None


def _activity(
    place: str,
    time: datetime | None,
    prompt: str,
    answer: str,
    counts: Counter[str],
    *,
    local: Sequence[str] = (),
    is_guess: bool = False,
) -> Activity:
    text, attached, listed = without_attached(prompt)
    names = [texts.file_name(name, "") for name in local or listed]
    return Activity(place, time, text, answer, names, max(attached, len(names)), is_guess, counts)
