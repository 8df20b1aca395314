"""One chat as Markdown, as a browser exporter (pionxzh/chatgpt-exporter) writes it.

Its turns begin with headings such as `#### You:`. A line like that inside a code block is none.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webapp.importers import left_out, texts
from webapp.importers.attempts import empty_chat, unreadable
from webapp.importers.chatgpt.citations import resolve
from webapp.importers.chatgpt.drafts import Draft, Tools
from webapp.importers.chatgpt.reasoning import seconds_of
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.importers.bundle import Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record

_TURN = re.compile(r"#### (You|ChatGPT|Plugin \((.*)\)):\s*")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})(.*)")
_FRONT = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n", re.DOTALL)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_FIELD = re.compile(r"^(title|create_time|update_time|model): *(.*)$", re.MULTILINE)
_THOUGHT = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>\s*", re.DOTALL)
_TIME = re.compile(r"\A\s*<time datetime=\"([^\"]*)\"[^>]*>.*?</time>\s*", re.DOTALL)
_MOST_BYTES = 64_000_000


def is_markdown(probe: Probe) -> bool:
    lines = _FRONT.sub("", probe.head).splitlines()
    first = next((line for line in lines if line.strip()), "")
    return probe.shape == "text" and first.startswith("# ") and any(_TURN.fullmatch(line) for line in lines)


def read(member: Member) -> Record:
    """Return the chat. It has no id, so it is known by its content."""
    if member.size > _MOST_BYTES:
        return unreadable(member.name, "It is too long.")
    with member.open() as stream:
        text = texts.clean(stream.read().decode("utf-8-sig", "replace"))
    front = _FRONT.match(text)
    fields = dict(_FIELD.findall(front[1])) if front else {}
    body = text[front.end() :] if front else text
    turns = _turns(body)
    title = _TITLE.search(turns.before)
    shown = texts.clean_line(title[1] if title else fields.get("title", ""), 200)
    counts: Counter[str] = Counter()
    messages = [draft.message() for draft in _drafts(turns.found, counts)]
    if not messages:
        return empty_chat(member.name, shown)
    return ImportedConversation(
        place=member.name,
        external_id=None,
        title=shown,
        messages=messages,
        create_time=parse_time(fields.get("create_time")),
        update_time=parse_time(fields.get("update_time")),
        model=texts.clean_line(fields.get("model")) or None,
        left_out=+counts,
    )


@dataclass(slots=True)
class _Turns:
    """The text before the first turn, and the turns: the name in the heading, the plugin, the text."""

    before: str = ""
    found: list[tuple[str, str, str]] = field(default_factory=list)


def _turns(body: str) -> _Turns:
    turns = _Turns()
    heading: re.Match[str] | None = None
    lines: list[str] = []
    fence = ""
    for line in [*body.splitlines(), None]:
        turn = _TURN.fullmatch(line) if line is not None and not fence else None
        if turn is None and line is not None:
            fence = _fence_after(line, fence)
            lines.append(line)
            continue
        words = "\n".join(lines).strip("\n")
        if heading is None:
            turns.before = words
        else:
            turns.found.append((heading[1], heading[2] or "", words))
        heading, lines = turn, []
    return turns


def _fence_after(line: str, fence: str) -> str:
    """Return the fence that is open after a line."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    is_end = found[1].startswith(fence) and not found[2].strip()
    return "" if is_end else fence


def _drafts(turns: list[tuple[str, str, str]], counts: Counter[str]) -> list[Draft]:
    drafts: list[Draft] = []
    tools = Tools()
    for name, plugin, words in turns:
        if name.startswith("Plugin"):
            counts[left_out.TOOL] += 1
            tools.call(plugin or "plugin")
            tools.result(plugin or "plugin", is_failed=False)
            continue
        draft = _draft(name == "You", words, counts)
        if not "".join(draft.blocks).strip() and not draft.reasoning:
            counts[left_out.EMPTY] += 1
            continue
        if draft.role == "assistant":
            draft.blocks[:0] = tools.note()
        drafts.append(draft)
    if rest := tools.note():
        drafts.append(Draft("assistant", "", blocks=rest))
    return drafts


def _draft(is_user: bool, words: str, counts: Counter[str]) -> Draft:
    moment, words = _time_of(words)
    draft = Draft("user" if is_user else "assistant", "", moment)
    if is_user:
        draft.blocks = [words]
        return draft
    while words.lstrip().startswith("<details>") and (thought := _THOUGHT.match(words.lstrip())):
        draft.reasoning = texts.join_blocks([draft.reasoning or "", html.unescape(thought[2]).strip()])
        draft.seconds = seconds_of(thought[1])
        words = words.lstrip()[thought.end() :]
    draft.blocks = [resolve(words, {}, counts)]
    if draft.reasoning and not words.strip():
        draft.blocks = [texts.note("no answer in the export")]
    return draft


def _time_of(words: str) -> tuple[datetime | None, str]:
    found = _TIME.match(words)
    return (parse_time(found[1]), words[found.end() :]) if found else (None, words)
