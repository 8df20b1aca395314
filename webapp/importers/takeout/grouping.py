"""Records of activity as chats: those without a pause of more than half an hour between them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webapp.importers import left_out
from webapp.importers.draft import Draft
from webapp.importers.records import ImportedConversation, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.importers.records import ImportedMessage, Record
    from webapp.importers.takeout.activity import Activity, Found
    from webapp.importers.takeout.files import Files

_PAUSE = timedelta(minutes=30)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_GUESS = "the export does not mark where the answer begins; this is a guess"
_REASONS = {
    left_out.OTHER_PRODUCT: "These records are no Gemini activity",
    left_out.NOT_A_CHAT: "These records of Gemini are no prompts",
}


def conversations(found: Iterable[Found], files: Files, seen: set[str]) -> Iterator[Record]:
    """Yield the chats, then what was left out. `seen` has the ids that are taken."""
    group: list[Activity] = []
    others: dict[str, Counter[str]] = {}
    place = ""
    is_any = False
    for one in found:
        if isinstance(one, LeftOut) and one.kind not in _REASONS:
            yield one
        elif isinstance(one, LeftOut):
            place = place or one.place
            others.setdefault(one.kind, Counter())[one.reason] += 1
        else:
            is_any = True
            if group and _is_apart(group[-1], one):
                yield from _conversation(group, files, seen)
                group = []
            group.append(one)
    if group:
        yield from _conversation(group, files, seen)
    for kind, names in others.items():
        yield _summary(place, kind, names, is_any=is_any)


def _summary(place: str, kind: str, names: Counter[str], *, is_any: bool) -> LeftOut:
    listed = ", ".join(name for name, _ in names.most_common(5))
    reason = _REASONS[kind] if is_any else "There is no Gemini activity in this file"
    return LeftOut(place=place, kind=kind, reason=f"{reason}: {listed}.", count=names.total())


def _is_apart(one: Activity, other: Activity) -> bool:
    return one.time is None or other.time is None or abs(one.time - other.time) > _PAUSE


def _conversation(group: list[Activity], files: Files, seen: set[str]) -> Iterator[Record]:
    counts: Counter[str] = Counter()
    ordered = _ordered(group)
    messages = [message for one in ordered for message in _messages(one, files, counts)]
    if not messages:
        yield LeftOut(place=ordered[0].place, kind=left_out.EMPTY_CHAT, reason="Its records have no texts.")
        return
    yield ImportedConversation(
        place=ordered[0].place,
        external_id=_id(ordered[0].time, seen),
        title="",
        messages=messages,
        create_time=ordered[0].time,
        update_time=ordered[-1].time,
        left_out=+counts,
    )


def _ordered(group: list[Activity]) -> list[Activity]:
    """Return the oldest first. The file has the newest first, unless its times say otherwise."""
    first, last = group[0].time or _EARLIEST, group[-1].time or _EARLIEST
    return sorted(group if first < last else reversed(group), key=lambda one: one.time or _EARLIEST)


def _id(time: datetime | None, seen: set[str]) -> str | None:
    """Return the time of the first record, with a number if another chat begins with it."""
    if time is None:
        return None
    base = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    number = 1
    found = base
    while found in seen:
        number += 1
        found = f"{base}#{number}"
    seen.add(found)
    return found


def _messages(one: Activity, files: Files, counts: Counter[str]) -> Sequence[ImportedMessage]:
    counts.update(one.counts)
    prompt = Draft("user", counts)
    prompt.say(one.prompt)
    for name in one.files:
        prompt.attach(files.find(one.place, name), name)
    for _ in range(one.attached - len(one.files)):
        prompt.attach(None)
    answer = Draft("assistant", counts)
    if one.is_guess:
        answer.note(_GUESS)
    answer.say(one.answer)
    made = [draft.build(create_time=one.time) for draft in (prompt, answer) if not draft.is_empty]
    if answer.is_empty:
        counts[left_out.MISSING_PART] += 1
    return [message for message in made if message is not None]
