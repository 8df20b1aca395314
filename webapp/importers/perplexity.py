"""Threads of Perplexity as browser extensions write them: its account export has no JSON.

An entry is a question and its answer.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.draft import Draft
from webapp.importers.json_files import candidates, read_each, with_unique_ids
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record


class Perplexity:
    """The formats of `{"metadata", "conversations": [{"query"}]}` and `{"thread_metadata", "entries"}`."""

    name = "perplexity"
    label = "Perplexity"

    def claims(self, probe: Probe) -> bool:
        return any(
            "query_str" in entry or ("query" in entry and "answer" in entry)
            for one in candidates(probe)
            for entry in _entries(one)[:3]
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(read_each(member, _conversation))


FORMAT = Perplexity()


def _entries(value: Any) -> list[dict[str, Any]]:
    found = untrusted.items(value, "entries") or untrusted.items(value, "conversations")
    return [entry for entry in found if isinstance(entry, dict)]


def _conversation(place: str, value: Any) -> Record:
    counts: Counter[str] = Counter()
    facts = untrusted.mapping(value, "metadata") or untrusted.mapping(value, "thread_metadata")
    entries = _entries(value)
    title = next(
        (found for key in ("thread_title", "title") if (found := untrusted.text(facts, key))),
        untrusted.text(entries, 0, "thread_title"),
    )
    messages = [message for entry in entries for message in _messages(entry, counts)]
    if not messages:
        return empty_chat(place, texts.clean_line(title, 200))
    key = next((found for entry in entries if (found := untrusted.name(entry, "context_uuid"))), "")
    return ImportedConversation(
        place=place,
        external_id=key or untrusted.name(facts, "thread_id") or untrusted.name(facts, "context_uuid") or None,
        title=texts.clean_line(title, 200),
        messages=messages,
        create_time=messages[0].create_time,
        update_time=messages[-1].create_time,
        left_out=+counts,
    )


def _messages(entry: dict[str, Any], counts: Counter[str]) -> Iterator[ImportedMessage]:
    times = (parse_time(untrusted.at(entry, key)) for key in ("timestamp", "entry_created_datetime", "created_at"))
    time = next((moment for moment in times if moment is not None), None)
    question, answer = Draft("user", counts), Draft("assistant", counts)
    question.say(untrusted.text(entry, "query") or untrusted.text(entry, "query_str"))
    for file in untrusted.items(entry, "attachments"):
        url = untrusted.text(file) or untrusted.text(file, "name") or untrusted.text(file, "url")
        question.attach(None, texts.file_name(url.partition("?")[0], ""))
    answer.say(untrusted.text(entry, "answer") or _blocks(entry))
    answer.sources(_sources(entry))
    key = untrusted.name(entry, "uuid") or None
    model = untrusted.text(entry, "model") or untrusted.text(entry, "display_model") or None
    if made := question.build(create_time=time, external_id=key):
        yield made
    if made := answer.build(create_time=time, external_id=f"{key}:answer" if key else None, model=model):
        yield made


def _blocks(entry: dict[str, Any]) -> str:
    """Return the answer of the blocks of the web API. Several repeat it for several places of the page."""
    for block in untrusted.items(entry, "blocks"):
        markdown = untrusted.mapping(block, "markdown_block")
        said = untrusted.text(markdown, "answer") or "".join(map(untrusted.text, untrusted.items(markdown, "chunks")))
        if said.strip():
            return said
    return ""


def _sources(entry: dict[str, Any]) -> list[tuple[str, str]]:
    found = list(untrusted.items(entry, "sources"))
    for block in untrusted.items(entry, "blocks"):
        found += untrusted.items(block, "web_result_block", "web_results")
    return [
        (
            untrusted.text(one, "url") or untrusted.text(one),
            untrusted.text(one, "title") or untrusted.text(one, "name"),
        )
        for one in found
    ]
