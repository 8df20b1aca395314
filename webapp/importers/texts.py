"""Texts of exports: cleaned for both databases, and the notes that stand in place of what cannot be shown."""

from __future__ import annotations

import re
from typing import Any

_NAME_LENGTH = 120
_NOT_IN_ADDRESS = re.compile(r"[\s()<>\\\"]")
#: An underscore inside a word has no meaning.
_MEANING = re.compile(r"[\\`*<>&|~$]|(?<![^\W_])_|_(?![^\W_])")
_SPACES = re.compile(r"\s+")
#: Control characters, and the marks that change the direction of the text around them.
_UNSAFE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_NOTE_LINE = re.compile(r"^\*\[((?:\\.|[^\\\n])*)\]\*$", re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")


def clean(value: Any) -> str:
    """Return a text that both databases store: surrogate pairs joined, NUL and lone surrogates as U+FFFD.

    What is no text becomes an empty one.
    """
    if not isinstance(value, str):
        return ""
    text: str = value
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\0" in text or "\r" in text:
        text = text.replace("\0", "\ufffd").replace("\r\n", "\n")
    return text


def clean_line(text: Any, limit: int = _NAME_LENGTH) -> str:
    """Return a text as one line of at most `limit` characters, without control and bidirectional marks."""
    line = _SPACES.sub(" ", _UNSAFE.sub("", clean(text))).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def file_name(text: Any, otherwise: str = "file") -> str:
    """Return a file's name for people: the last part of a path, on one line."""
    parts = re.split(r"[/\\]", clean(text))
    return clean_line(next((part for part in reversed(parts) if part.strip(" .")), "")) or otherwise


def note(text: str) -> str:
    r"""Return a visible note as a paragraph of Markdown: *[image: holiday.jpg, not in the export]*.

    The brackets have no backslashes: what stands between `\[` and `\]` is a formula.
    """
    return f"*[{escape(clean_line(text, 300))}]*"


def plain_notes(text: str) -> str:
    """Return the text with its notes as plain text: people's messages are shown as they were typed."""
    return _NOTE_LINE.sub(lambda found: f"[{_unescaped(found.group(1))}]", text)


def _unescaped(line: str) -> str:
    return _ESCAPED.sub(r"\1", line).replace("&#91;", "[").replace("&#93;", "]")


def is_note(block: str) -> bool:
    return block.startswith("*[")


def missing_file(name: str, kind: str = "file") -> str:
    """Return the note for a file without bytes. `kind` is "image", "recording", "video" or "file"."""
    return note(f"{kind}: {name}, not in the export" if name else f"{kind}, not in the export")


def join_blocks(blocks: list[str]) -> str:
    """Join the non-empty blocks of a message by blank lines."""
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip())


def link(label: str, url: Any) -> str:
    """Return a Markdown link to a web page; the label alone if the address is none of a web page."""
    address = clean_line(url, 2000)
    label = clean_line(label, 200)
    if not re.match(r"https?://[^\s/]", address, re.IGNORECASE):
        return escape(label)
    shown = label or re.sub(r"^https?://(www\.)?|[/?#].*$", "", address, flags=re.IGNORECASE)
    return f"[{escape(shown)}]({re.sub(_NOT_IN_ADDRESS, lambda found: f'%{ord(found[0]):02X}', address)})"


def escape(text: str) -> str:
    """Return a line whose characters have no meaning in Markdown. Brackets become entities, see `note`."""
    escaped = _MEANING.sub(r"\\\g<0>", text)
    return escaped.replace("[", "&#91;").replace("]", "&#93;")


def named_block(name: str, text: str, language: str = "") -> str:
    """Return a text in full as a code block under its name."""
    return f"**{escape(clean_line(name, 200)) or 'Document'}**\n\n{fence(text, language)}"


def plain_block(name: str, text: str, language: str = "") -> str:
    """Return the same for a message of a person, which is shown as plain text."""
    return f"{clean_line(name, 200) or 'Document'}\n\n{fence(text, language)}"


def fence(text: str, language: str = "") -> str:
    """Return a code block. Its fence is longer than every run of backticks in the text."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{clean_line(language, 40)}\n{text.rstrip()}\n{marks}"


def folded_tools(names: list[str], failed: int = 0, unfinished: int = 0) -> str:
    """Return the note for the tools between two texts: "12 tools: Read 7, Edit 3, Bash 2; 1 failed"."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    listed = ", ".join(f"{name} {count}" if count > 1 else name for name, count in _by_count(counts))
    ends = [f"{failed} failed"] if failed else []
    ends += [f"{unfinished} without result"] if unfinished else []
    total = len(names)
    return note("; ".join([f"{total} tool{'s' if total != 1 else ''}: {listed}", *ends]))


def _by_count(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: -pair[1])
