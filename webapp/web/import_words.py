"""What the pages of imports say about a run: figures, stages, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.importers.formats import LABELS
from webapp.importers.left_out import INSTEAD, KINDS, phrase
from webapp.services.ingest.values import STATES

if TYPE_CHECKING:
    from webapp.services.ingest.values import Line, Run

#: States of conversations, as headings and links name them.
STATE_WORDS = dict(zip(STATES, ("new", "grown", "changed", "already here", "continued here", "left out"), strict=True))
RUN_WORDS = {
    "reading": "being read",
    "ready": "waiting for you",
    "writing": "being written",
    "done": "imported",
    "failed": "failed",
    "undoing": "being undone",
    "undone": "undone",
}
#: What a screen reader says when a state begins.
SAID = {
    "reading": "The files are being read.",
    "ready": "The report is ready.",
    "writing": "The import is being written.",
    "done": "The import is complete.",
    "failed": "The import failed.",
    "undoing": "The import is being undone.",
    "undone": "The import is undone.",
}
#: What stands at the foot of the list of chats.
AT_THE_FOOT = {
    "reading": "Reading an import…",
    "ready": "The import’s report is ready",
    "writing": "Importing…",
    "done": "Imported",
    "failed": "The import failed",
    "undoing": "Undoing an import…",
    "undone": "The import is undone",
}
BUSY = frozenset({"reading", "writing", "undoing"})
_DOING = {"reading": "Reading the files", "writing": "Writing", "undoing": "Undoing"}


class Figure(NamedTuple):
    """A count of the report and the state that its link filters by, empty for all."""

    number: int
    words: str
    state: str


class Kind(NamedTuple):
    """A row of the table of what is left out."""

    words: str
    number: int
    instead: str


class Progress(NamedTuple):
    """A running import: a heading, figures, and the part that is done in percent, None before it is known."""

    heading: str
    figures: str
    percent: int | None


def figures(run: Run) -> list[Figure]:
    """Return the figures of the sum: found, and the states that add up to it. What is left out stands apart."""
    counts = run.counts or {}
    parts = [Figure(counts.get(state, 0), STATE_WORDS[state], state) for state in STATES if state != "left_out"]
    return [Figure(counts.get("conversations", 0), "found", ""), *parts]


def filters(run: Run) -> list[Figure]:
    """Return the links above the list: all lines, then the states that occur."""
    counts = run.counts or {}
    found = [Figure(counts.get(state, 0), STATE_WORDS[state], state) for state in STATES]
    return [Figure(sum(one.number for one in found), "all", ""), *(one for one in found if one.number)]


def left_out_kinds(run: Run) -> list[Kind]:
    """Return what is left out, the most frequent first."""
    ordered = sorted((run.left_out or {}).items(), key=lambda pair: (-pair[1], pair[0]))
    return [Kind(_capital(KINDS[kind][count != 1]), count, INSTEAD.get(kind, "")) for kind, count in ordered]


def progress_of(run: Run) -> Progress:
    """Return what is known about a running import."""
    percent = None if run.progress is None else int(100 * run.progress)
    heading = _DOING[run.state]
    if run.done is None or run.total is None:
        return Progress(heading, "", percent)
    if run.state == "reading":
        return Progress(heading, f"{megabytes(run.done)} of {megabytes(run.total)}", percent)
    return Progress(f"{heading} chat {run.done:,} of {run.total:,}", "", percent)


def what_comes(line: Line) -> str:
    """Return what a line of the report brings: "6 more after 41"."""
    if line.state == "grown":
        return f"{line.new_count:,} more after {line.message_count - line.new_count:,}"
    if line.state == "changed":
        return f"{counted(line.new_count, 'message')} from number {line.message_count - line.new_count + 1:,} on"
    return "" if line.state == "left_out" else counted(line.message_count, "message")


def line_state(line: Line) -> str:
    """Return the state of a line, or what became of it."""
    if line.outcome == "undone":
        return "Undone"
    return _capital("kept" if line.outcome == "kept" else STATE_WORDS[line.state])


def why(line: Line) -> str:
    """Return why a line is in its state, and what of it is left out."""
    parts = [phrase(kind, count) for kind, count in (line.left_out or {}).items()]
    missing = f"Left out: {', '.join(parts)}." if parts and line.state != "left_out" else ""
    return " ".join(filter(None, (line.reason, missing)))


def nothing(run: Run) -> str:
    """Return why a report brings nothing."""
    counts = run.counts or {}
    found, continued = counts.get("conversations", 0), counts.get("continued", 0)
    if not continued:
        return "the chat is already here." if found == 1 else f"all {found:,} chats are already here."
    here = f"{counted(found - continued, 'chat')} already here, " if found > continued else ""
    return f"{here}{counted(continued, 'chat')} continued here and left as {'it is' if continued == 1 else 'they are'}."


def formats_of(run: Run) -> str:
    """Return the names of the formats that were found: "ChatGPT and Claude". Empty before the upload is read."""
    names = list(dict.fromkeys(LABELS.get(name, name) for name in run.formats or ()))
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def amount(run: Run) -> str:
    """Return how much an import brings: "1,234 messages and 3 files"."""
    counts = run.counts or {}
    files = counts.get("files", 0)
    return counted(counts.get("messages", 0), "message") + (f" and {counted(files, 'file')}" if files else "")


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 100_000_000 else f"{size / 1e6:,.0f} MB"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
