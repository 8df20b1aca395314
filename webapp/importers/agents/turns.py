"""The messages of an agent's session, built from its records in the order in which they were shown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from webapp.importers import left_out, texts
from webapp.importers.agents.drafts import Draft
from webapp.importers.agents.tool_run import ToolRun, ToolUse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.importers.agents.drafts import Block
    from webapp.importers.records import ImportedFile, ImportedMessage


class Turns:
    """Collects prompts, answers, reasoning, uses of tools and notes.

    Notes and tools stand in the answer before them, or else in the answer after them. A turn without an answer has them
    below its prompt.
    """

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._drafts: list[Draft] = []
        self._pending: list[Block] = []
        self._reasoning: list[str] = []
        self._open: list[ToolUse] = []
        #: The answers of this turn by their keys.
        self._keys: dict[str, Draft] = {}
        self._last_note = ""

    def prompt(
        self,
        text: str,
        time: datetime | None = None,
        external_id: str | None = None,
        files: Sequence[ImportedFile] = (),
    ) -> None:
        """Add words or files of the person. Without any, the prompt is counted."""
        if not text.strip() and not files:
            self.left_out[left_out.EMPTY] += 1
            return
        self._end_turn()
        self._keys = {}
        self._drafts.append(Draft("user", [text.strip("\n")], time, external_id, files=list(files)))
        self._last_note = ""

    def answer(
        self,
        text: str,
        time: datetime | None = None,
        external_id: str | None = None,
        model: str | None = None,
        key: str = "",
        files: Sequence[ImportedFile] = (),
    ) -> None:
        """Add an answer. Texts with the same `key` in one turn are pieces of one answer."""
        if not text.strip() and not files:
            return
        draft = self._keys.get(key) or self._new_answer(time, external_id, key)
        draft.model = draft.model or model
        draft.blocks.append(text.strip("\n"))
        draft.files.extend(files)
        draft.reasoning += self._reasoning
        self._reasoning = []
        self._last_note = ""

    def think(self, text: str) -> None:
        """Add reasoning, which belongs to the next answer."""
        if text.strip():
            self._reasoning.append(text.strip("\n"))

    def note(self, text: str, *, once: bool = False) -> None:
        """Add a visible note; with `once` not if the same note was the last thing."""
        if text and not (once and text == self._last_note):
            self._blocks().append(text)
            self._last_note = text

    def use_tool(self, name: str, call_id: str = "") -> ToolUse:
        """Add a use of a tool, without a result so far."""
        blocks = self._blocks()
        last = blocks[-1] if blocks else None
        if not isinstance(last, ToolRun):
            last = ToolRun()
            blocks.append(last)
        use = ToolUse(name, call_id)
        last.uses.append(use)
        self._open.append(use)
        self.left_out[left_out.TOOL] += 1
        self._last_note = ""
        return use

    def end_tool(self, call_id: str, *, has_failed: bool) -> None:
        """Add the result of a use. A result without an id belongs to the first use without a result."""
        use = next((use for use in reversed(self._open) if use.call_id == call_id), None)
        if use is None and not call_id:
            use = self._open[0] if self._open else None
        if use is not None:
            use.has_failed = has_failed
            self._open.remove(use)

    def messages(self) -> list[ImportedMessage]:
        """Return what was shown; nothing if there were no words."""
        self._end_turn()
        return [draft.message() for draft in self._drafts]

    def followed_by(self, other: Turns) -> Turns:
        """Return these turns and then the others; the others alone if they begin with these."""
        if [draft.words() for draft in self._drafts] != [draft.words() for draft in other._drafts[: len(self._drafts)]]:
            self._end_turn()
            other._drafts[:0] = self._drafts
            other.left_out.update(self.left_out)
        return other

    def _blocks(self) -> list[Block]:
        if self._drafts and self._drafts[-1].role == "assistant":
            return self._drafts[-1].blocks
        return self._pending

    def _new_answer(self, time: datetime | None, external_id: str | None, key: str) -> Draft:
        draft = Draft("assistant", self._pending, time, external_id, key=key)
        self._pending = []
        self._drafts.append(draft)
        if key:
            self._keys[key] = draft
        return draft

    def _end_turn(self) -> None:
        """Give what is left to the last message, or keep it for the first answer."""
        if not self._drafts:
            return
        last = self._drafts[-1]
        if self._reasoning and last.role == "user":
            self.note(texts.note("no answer"))
            last = self._new_answer(last.time, None, "")
        last.reasoning += self._reasoning
        last.blocks += self._pending
        self._reasoning, self._pending = [], []
