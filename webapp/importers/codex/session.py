"""A session of Codex, as the person saw it. Every prompt and answer stands twice: as an event and as an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.turns import Turns
from webapp.importers.codex.content import ContentReader
from webapp.importers.codex.wrappers import is_wrapper, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.importers.agents.sessions import Facts
    from webapp.importers.codex.records import Item
    from webapp.importers.records import ImportedFile

_COMPACTED = texts.note("conversation compacted")
_ENDS = ("task_complete", "turn_complete", "turn_aborted")
_STARTS = ("task_started", "turn_started")


class Session:
    """Reads the items of a rollout into turns, and what they say about the session into its facts."""

    def __init__(self, facts: Facts, items: Sequence[Item]) -> None:
        self._facts = facts
        self._items = items
        self._turns = Turns()
        self._model: str | None = None
        self._content = ContentReader(self._turns.left_out)
        self._images: list[ImportedFile] = []
        self._is_unfinished = False
        events = {item.kind for item in items if item.group == "event_msg"}
        self._has_prompts = "user_message" in events
        self._has_answers = any(item.payload.get("role") == "assistant" for item in items if item.kind == "message")
        self._has_reasoning = any(_summary(item.payload) for item in items if _is_reasoning(item))
        #: In files of some versions only the events have the words of the reasoning.
        self._has_reasoning_events = not self._has_reasoning and "agent_reasoning" in events

    def turns(self) -> Turns:
        for item in self._items:
            self._add(item)
        if self._has_prompts:
            self._count_wrappers()
        if self._is_unfinished:
            self._turns.note(texts.note("unfinished"))
        return self._turns

    def _add(self, item: Item) -> None:
        if item.group == "turn_context":
            self._model = texts.clean_line(item.payload.get("model")) or self._model
            self._facts.folder = self._facts.folder or untrusted.text(item.payload, "cwd")
        elif item.group == "response_item":
            self._item(item)
        elif item.group == "event_msg":
            self._event(item)
        elif item.group == "compacted":
            self._turns.note(_COMPACTED, once=True)

    def _item(self, item: Item) -> None:
        if item.kind == "message":
            self._message(item)
        elif item.kind == "reasoning":
            self._reasoning(item.payload)
        elif item.kind.endswith(("_call_output", "_output")):
            self._turns.end_tool(untrusted.name(item.payload, "call_id"), has_failed=item.has_failed)
        elif item.kind == "image_generation_call":
            self._picture(item)
        elif item.kind.endswith("_call"):
            self._tool(item)
        elif item.kind in ("compaction", "compaction_summary", "context_compaction"):
            self._turns.note(_COMPACTED, once=True)
        elif "role" in item.payload:
            self._turns.left_out[left_out.UNKNOWN_PART] += 1
            self._turns.note(texts.note(f"part of an unknown kind: {item.kind}"))

    def _message(self, item: Item) -> None:
        role = untrusted.text(item.payload, "role")
        text, files = self._content.read(item.payload.get("content"))
        external_id = untrusted.name(item.payload, "id") or None
        if role == "assistant":
            self._facts.saw(item.time)
            self._turns.answer(text, item.time, external_id, self._model, files=files)
        elif role != "user":
            self._turns.left_out[left_out.SYSTEM] += 1
        elif self._has_prompts:
            self._images = files
        elif is_wrapper(text) and not files:
            self._turns.left_out[left_out.HIDDEN] += 1
        else:
            self._facts.saw(item.time)
            self._turns.prompt(words_of(text), item.time, external_id, files)

    def _reasoning(self, payload: dict[str, Any]) -> None:
        summary = _summary(payload)
        if summary:
            self._turns.think(summary)
        elif not self._has_reasoning_events:
            self._turns.left_out[left_out.SEALED_REASONING] += 1

    def _tool(self, item: Item) -> None:
        name = untrusted.name(item.payload, "name") or item.kind.removesuffix("_call")
        use = self._turns.use_tool(name, untrusted.name(item.payload, "call_id"))
        status = untrusted.text(item.payload, "status")
        if "call_id" not in item.payload and status:
            # A search on the web has a status and no output.
            use.has_failed = None if status == "in_progress" else status == "failed"

    def _picture(self, item: Item) -> None:
        file = self._content.picture(untrusted.text(item.payload, "result"))
        if file is None:
            self._turns.left_out[left_out.MISSING_FILE] += 1
            self._turns.note(texts.missing_file("", "image"))
            return
        self._facts.saw(item.time)
        self._turns.answer("", item.time, None, self._model, files=[file])

    def _event(self, item: Item) -> None:
        payload = item.payload
        if item.kind == "user_message":
            self._prompt(item)
        elif item.kind == "agent_message" and not self._has_answers:
            self._facts.saw(item.time)
            self._turns.answer(untrusted.text(payload, "message"), item.time, None, self._model)
        elif item.kind in ("agent_reasoning", "agent_reasoning_raw_content") and not self._has_reasoning:
            self._turns.think(untrusted.text(payload, "text"))
        elif item.kind == "context_compacted":
            self._turns.note(_COMPACTED, once=True)
        elif item.kind == "thread_name_updated":
            self._facts.title = untrusted.text(payload, "thread_name") or self._facts.title
        elif item.kind == "error":
            self._turns.note(texts.note(f"error: {untrusted.text(payload, 'message')}"), once=True)
        elif item.kind in _STARTS:
            self._is_unfinished = True
        elif item.kind in _ENDS:
            self._is_unfinished = False
        if item.kind == "turn_aborted":
            self._turns.note(texts.note("interrupted by user"), once=True)

    def _prompt(self, item: Item) -> None:
        files, self._images = self._images, []
        names = untrusted.items(item.payload, "images") + untrusted.items(item.payload, "local_images")
        blocks = [words_of(untrusted.text(item.payload, "message"))]
        for name in names[len(files) :]:
            blocks += self._content.image(texts.clean(name), files)
        self._facts.saw(item.time)
        self._turns.prompt(texts.join_blocks(blocks), item.time, None, files)

    def _count_wrappers(self) -> None:
        """Count the items of the role "user" that no event of a prompt stands beside."""
        users = sum(item.kind == "message" and item.payload.get("role") == "user" for item in self._items)
        prompts = sum(item.kind == "user_message" for item in self._items)
        if users > prompts:
            self._turns.left_out[left_out.HIDDEN] += users - prompts


def _is_reasoning(item: Item) -> bool:
    return item.group == "response_item" and item.kind == "reasoning"


def _summary(payload: dict[str, Any]) -> str:
    parts = untrusted.items(payload, "summary") or untrusted.items(payload, "content")
    return "\n\n".join(text for part in parts if (text := untrusted.text(part, "text").strip()))
