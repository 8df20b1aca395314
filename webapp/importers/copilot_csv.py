"""Microsoft Copilot's history as the privacy dashboard gives it: CSV files without ids.

A run of rows with one title is a chat. Prompts of the apps of Windows have neither titles nor answers: those without a
pause of more than half an hour are one chat.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webapp.importers import texts
from webapp.importers.attempts import empty_chat, unreadable
from webapp.importers.csv_rows import columns, read_rows
from webapp.importers.draft import Draft
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_HEADS = (
    {"conversation", "time", "author", "message"},
    {"createdat", "messagecontent", "author", "chatname"},
    {"timestamp", "clientapp", "prompt"},
)
_DATE = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?: ([AP]M))?(?: ([+-]\d{2}):?(\d{2}))?", re.IGNORECASE
)
_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    title: str
    app: str
    time: datetime | None
    is_person: bool
    text: str


class CopilotCsv:
    """The formats of `Conversation,Time,Author,Message` and its two variants."""

    name = "microsoft-copilot"
    label = "Microsoft Copilot (CSV)"

    def claims(self, probe: Probe) -> bool:
        return probe.shape == "text" and any(head <= set(columns(probe)) for head in _HEADS)

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from _read(member)


FORMAT = CopilotCsv()


def _read(member: Member) -> Iterator[Record]:
    run: list[_Row] = []
    for number, cells in enumerate(read_rows(member)):
        place = f"{member.name}, row {number + 1}"
        if cells is None:
            yield unreadable(place)
            continue
        row = _row(place, cells)
        if run and _is_apart(run[-1], row):
            yield _conversation(run)
            run = []
        run.append(row)
    if run:
        yield _conversation(run)


def _row(place: str, cells: dict[str, str]) -> _Row:
    author = cells.get("author", "user").strip().lower()
    text = next((cells[key] for key in ("message", "messagecontent", "prompt") if key in cells), "")
    time = next((cells[key] for key in ("time", "createdat", "timestamp") if key in cells), "")
    return _Row(
        place,
        texts.clean_line(cells.get("conversation") or cells.get("chatname") or "", 200),
        texts.clean_line(cells.get("clientapp", ""), 60),
        _parse(time),
        author in ("user", "human"),
        texts.clean(text),
    )


def _parse(text: str) -> datetime | None:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return parse_time(text)
    month, day, year, hour, minute, second = (int(part) for part in found.groups()[:6])
    if found[7]:
        hour = hour % 12 + (12 if found[7].upper() == "PM" else 0)
    offset = f"{found[8]}:{found[9]}" if found[8] else "+00:00"
    return parse_time(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}")


def _is_apart(one: _Row, other: _Row) -> bool:
    if one.title or other.title:
        return one.title != other.title
    if one.app != other.app or one.time is None or other.time is None:
        return True
    return abs(one.time - other.time) > _PAUSE


def _conversation(run: list[_Row]) -> Record:
    counts: Counter[str] = Counter()
    messages = []
    for row in _ordered(run):
        draft = Draft("user" if row.is_person else "assistant", counts)
        draft.say(row.text)
        if made := draft.build(create_time=row.time):
            messages.append(made)
    if not messages:
        return empty_chat(run[0].place, run[0].title)
    return ImportedConversation(
        place=run[0].place,
        external_id=None,
        title=run[0].title,
        messages=messages,
        create_time=messages[0].create_time,
        update_time=messages[-1].create_time,
        tags=(run[0].app,) if run[0].app else (),
        left_out=+counts,
    )


def _ordered(run: list[_Row]) -> list[_Row]:
    """Return the oldest first; of equal times the person first. Without all times the order is that of the file."""
    if any(row.time is None for row in run):
        return run
    return sorted(run, key=lambda row: (row.time or datetime.min.replace(tzinfo=UTC), not row.is_person))
