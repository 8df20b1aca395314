"""A session of Claude Code, as the person saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.sessions import Facts, conversation
from webapp.importers.agents.turns import Turns
from webapp.importers.claude_code.content import AnswerReader, PromptReader, prompt_words
from webapp.importers.claude_code.displayed import taken_back
from webapp.importers.claude_code.queue import Queue
from webapp.importers.claude_code.titles import title_of
from webapp.importers.claude_code.wrappers import is_notification, is_summary, notification, unwrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.importers.claude_code.records import Entry
    from webapp.importers.records import Record

_COMPACTED = texts.note("conversation compacted")
_TITLES = ("summary", "ai-title", "custom-title", "agent-name")


def session_record(facts: Facts, entries: Sequence[Entry], repeated: int = 0) -> Record:
    """Return the conversation of a session's records. `repeated` counts copies of records that were left out."""
    return conversation(facts, _Session(facts, entries).turns(repeated))


class _Session:
    def __init__(self, facts: Facts, entries: Sequence[Entry]) -> None:
        self._facts = facts
        self._entries = entries
        self._turns = Turns()
        self._prompts = PromptReader(self._turns)
        self._answers = AnswerReader(self._turns)
        self._dead = taken_back(entries, is_prompt)
        #: The records of a sub-agent are marked as beside the session, and are all that its file has.
        self._is_side = all(entry.is_side for entry in entries if entry.kind in ("user", "assistant"))
        self._queue = Queue(entries, is_shown=self._is_shown)

    def turns(self, repeated: int) -> Turns:
        self._facts.title = self._facts.title or title_of(self._entries)
        for entry in self._entries:
            self._facts.folder = self._facts.folder or untrusted.text(entry.record, "cwd")
            if "forkedFrom" in entry.record:
                self._facts.tags = ("fork",)
            self._add(entry)
        if repeated:
            self._turns.left_out[left_out.DUPLICATE] += repeated
        return self._turns

    def _is_shown(self, entry: Entry) -> bool:
        is_dead = entry.uuid in self._dead if entry.uuid else entry.parent in self._dead
        return not is_dead and (self._is_side or not entry.is_side)

    def _add(self, entry: Entry) -> None:
        if not self._is_shown(entry):
            if entry.kind in ("user", "assistant") and _has_words(entry):
                self._turns.left_out[left_out.HIDDEN if entry.is_side else left_out.BRANCH] += 1
            return
        if entry.kind in ("user", "assistant"):
            self._facts.saw(entry.time)
        if entry.kind == "user":
            self._user(entry)
        elif entry.kind == "assistant":
            self._answers.add(entry)
        elif entry.kind == "system":
            self._system(entry.record)
        elif entry.kind in ("attachment", "queue-operation"):
            self._queued(entry)
        elif entry.kind == "summary" and not untrusted.text(entry.record, "summary"):
            self._turns.note(_COMPACTED, once=True)
        elif entry.kind not in _TITLES:
            self._turns.left_out[left_out.SYSTEM] += 1

    def _user(self, entry: Entry) -> None:
        record = entry.record
        has_summary = is_compaction(entry)
        if has_summary:
            self._turns.note(_COMPACTED, once=True)
        if record.get("isMeta") is True or has_summary:
            self._prompts.end_tools(entry.content)
            self._turns.left_out[left_out.HIDDEN] += 1
        else:
            self._prompts.add(entry)

    def _system(self, record: dict[str, Any]) -> None:
        kind = untrusted.text(record, "subtype")
        if kind == "compact_boundary":
            self._turns.note(_COMPACTED, once=True)
        elif kind == "api_error":
            self._turns.note(texts.note("API error"), once=True)
        elif kind == "local_command" and (notes := unwrap(untrusted.text(record, "content")).notes):
            self._turns.note(notes[-1])
        else:
            self._turns.left_out[left_out.SYSTEM] += 1

    def _queued(self, entry: Entry) -> None:
        """Add what was typed while the agent worked."""
        text = self._queue.text_of(entry)
        if text is None:
            self._turns.left_out[left_out.SYSTEM] += 1
        elif is_notification(text):
            notes = notification(text)
            for note in notes:
                self._turns.note(note, once=True)
            if not notes:
                self._turns.left_out[left_out.HIDDEN] += 1
        elif self._queue.is_repeated(entry):
            self._turns.left_out[left_out.SYSTEM] += 1
        elif self._queue.is_withdrawn(entry):
            self._turns.left_out[left_out.DRAFT] += 1
        else:
            self._facts.saw(entry.time)
            self._prompts.add_content(entry, self._queue.content_of(entry))


def is_compaction(entry: Entry) -> bool:
    """Say whether a prompt is what a compaction left of the session."""
    return entry.record.get("isCompactSummary") is True or is_summary(prompt_words(entry.content))


def is_prompt(entry: Entry) -> bool:
    """Say whether a record has words that the person typed."""
    if entry.kind != "user" or entry.is_side or entry.record.get("isMeta") or is_compaction(entry):
        return False
    return bool(prompt_words(entry.content).strip())


def _has_words(entry: Entry) -> bool:
    if entry.kind == "user":
        return bool(prompt_words(entry.content).strip())
    content = entry.content
    return isinstance(content, str) or any(untrusted.text(block, "text") for block in content)
