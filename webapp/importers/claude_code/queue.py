"""What was typed while the agent worked: `queued_command` attachments, and operations on the program's queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import texts, untrusted
from webapp.importers.claude_code.content import prompt_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.importers.claude_code.records import Entry


class Queue:
    """The queue of a session. A text that was queued usually stands once more where the agent read it.

    `enqueue` adds a text, `dequeue` makes it a prompt, `remove` gives it to the agent at work, and `popAll` gives all
    back to the person.
    """

    def __init__(self, entries: Sequence[Entry], is_shown: Callable[[Entry], bool]) -> None:
        self._delivered: set[str] = set()
        self._removed: set[str] = set()
        self._withdrawn: set[int] = set()
        waiting: list[Entry] = []
        for entry in entries:
            if not is_shown(entry):
                continue
            if entry.kind == "user":
                self._delivered.add(_squeezed(prompt_words(entry.content)))
            elif entry.kind == "attachment":
                self._delivered.add(_squeezed(self.text_of(entry) or ""))
            elif entry.kind == "queue-operation":
                self._operate(entry, waiting)

    def _operate(self, entry: Entry, waiting: list[Entry]) -> None:
        operation = untrusted.text(entry.record, "operation")
        if operation == "popAll":
            self._withdrawn.update(id(taken) for taken in waiting)
            waiting.clear()
        elif operation in ("dequeue", "remove"):
            del waiting[:1]
            self._removed.add(_squeezed(self.text_of(entry) or ""))
        else:
            waiting.append(entry)

    def text_of(self, entry: Entry) -> str | None:
        """Return the text of a record, or None if it is none of the queue's texts."""
        content = self.content_of(entry)
        if isinstance(content, str):
            return texts.clean(content)
        return None if content is None else "\n".join(untrusted.text(block, "text") for block in content)

    def content_of(self, entry: Entry) -> Any:
        """Return the text or the blocks, or None."""
        if entry.kind == "attachment":
            attachment = untrusted.mapping(entry.record, "attachment")
            found = attachment.get("prompt") if attachment.get("type") == "queued_command" else None
        else:
            operation = untrusted.text(entry.record, "operation")
            found = entry.record.get("content") if operation in ("", "enqueue", "remove") else None
        return found if isinstance(found, str | list) and found else None

    def is_repeated(self, entry: Entry) -> bool:
        """Say whether a text in the queue stands elsewhere in the session."""
        if entry.kind != "queue-operation":
            return False
        text = _squeezed(self.text_of(entry) or "")
        is_removal = untrusted.text(entry.record, "operation") == "remove"
        return text in self._delivered or (text in self._removed and not is_removal)

    def is_withdrawn(self, entry: Entry) -> bool:
        """Say whether the person took it back before the agent read it."""
        return id(entry) in self._withdrawn


def _squeezed(text: str) -> str:
    return " ".join(text.split())
