"""The chats of AnythingLLM as JSON or CSV, a question and its answer a row. Rows have no thread: a workspace is a chat.

Its JSONL export has the shape of OpenAI's messages.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.attempts import attempt, empty_chat, unreadable
from webapp.importers.csv_rows import columns, read_rows
from webapp.importers.draft import Draft
from webapp.importers.inline_files import from_data_url
from webapp.importers.json_files import Entry, candidates, entries
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record

_COLUMNS = frozenset(("prompt", "response", "workspace"))


class AnythingLLM:
    """The format of `[{"prompt", "response", "sent_at", "workspace"}]`."""

    name = "anythingllm"
    label = "AnythingLLM"

    def claims(self, probe: Probe) -> bool:
        if probe.shape == "text":
            return set(columns(probe)) >= _COLUMNS
        return any(one.keys() >= _COLUMNS for one in candidates(probe))

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from _read(member)


FORMAT = AnythingLLM()


def _read(member: Member) -> Iterator[Record]:
    chats: dict[tuple[str, str], list[Any]] = {}
    for entry in _rows(member):
        if entry.error is not None or not isinstance(entry.value, dict):
            yield unreadable(entry.place, entry.error or "The row is no object.")
            continue
        names = (untrusted.name(entry.value, "workspace"), untrusted.name(entry.value, "username"))
        chats.setdefault(names, []).append(entry.value)
    workspaces = Counter(workspace for workspace, _ in chats)
    for (workspace, username), rows in chats.items():
        title = workspace if workspaces[workspace] == 1 else f"{workspace} ({username})"
        yield _attempted(f"{member.name}, workspace {texts.clean_line(title, 80)}", title, rows)


def _rows(member: Member) -> Iterator[Entry]:
    if member.head(1) in (b"[", b"{"):
        yield from entries(member)
        return
    for number, row in enumerate(read_rows(member)):
        yield Entry(f"{member.name}, row {number + 1}", row, None if row is not None else "The row cannot be read.")


def _attempted(place: str, title: str, rows: list[Any]) -> Record:
    return attempt(place, lambda: _conversation(place, title, rows))


def _conversation(place: str, title: str, rows: list[Any]) -> Record:
    counts: Counter[str] = Counter()
    messages = [message for row in rows for message in _messages(row, counts)]
    title = texts.clean_line(title, 200)
    if not messages:
        return empty_chat(place, title)
    return ImportedConversation(
        place=place,
        external_id=f"workspace {title}" if title else None,
        title=title,
        messages=messages,
        create_time=messages[0].create_time,
        update_time=messages[-1].create_time,
        left_out=+counts,
    )


def _messages(row: dict[str, Any], counts: Counter[str]) -> Iterator[ImportedMessage]:
    time = parse_time(row.get("sent_at"))
    question, answer = Draft("user", counts), Draft("assistant", counts)
    question.say(untrusted.text(row, "prompt"))
    for file in untrusted.items(row, "attachments"):
        image = untrusted.at(file, "image") or untrusted.at(file, "contentString")
        question.attach(from_data_url(image, untrusted.text(file, "name")), untrusted.text(file, "name"), "image")
    answer.say(untrusted.text(row, "response"))
    for draft in (question, answer):
        if made := draft.build(create_time=time):
            yield made
