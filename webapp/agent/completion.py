"""A chat completion as the events of a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.choices import Words, calls_tool, choice_of, finish_reason_of, usage_of, words_in
from webapp.agent.chunks import Chunks
from webapp.agent.empty_answers import without_text
from webapp.agent.protocol import AssistantFailed
from webapp.agent.provider_errors import error_in_answer
from webapp.agent.thought_tags import ThoughtTags
from webapp.agent.thoughts_once import ThoughtsOnce
from webapp.agent.values import End, Reasoning, Rethought, Text, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from webapp.agent.values import Event

_BROKEN_OFF = "The provider's answer broke off before its end."
#: Characters of the text that are remembered, to recognise a message that repeats them.
_REMEMBERED = 500_000


class Completion:
    """Reads one reply: its text, its reasoning, and how it ended."""

    def __init__(self, pieces: Iterable[bytes], model: str, on_finish: Callable[[], None] = lambda: None) -> None:
        """`on_finish` is called at the finish reason, after which only the usage may come."""
        self._chunks = Chunks(pieces)
        self._on_finish = on_finish
        self._model = model
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._index: int | None = None
        self._tags = ThoughtTags()
        self._thoughts = ThoughtsOnce()
        self._said: list[str] = []
        self._said_length = 0
        self._has_deltas = False
        self._has_text = False
        self._has_tool_call = False
        self._has_reasoning = False

    def events(self) -> Iterator[Event]:
        """Yield the events. Raises AssistantFailed, ProviderStatusError, and the errors of the pieces."""
        for event in self._pieces_to_the_end():
            self._note(event)
            yield event
        if self._reason is None and not self._chunks.is_done:
            raise error_in_answer(self._chunks.complaint) if self._chunks.complaint else AssistantFailed(_BROKEN_OFF)
        reason = self._reason or "stop"
        if not self._has_text:
            self._check_without_text("tool_calls" if self._has_tool_call and reason == "stop" else reason)
        yield End(model=self._model, finish_reason=reason, usage=self._usage)

    def _check_without_text(self, reason: str) -> None:
        """Raise AssistantFailed if it is clear why there is no text."""
        if sentence := without_text(reason, has_thought=self._has_reasoning):
            raise AssistantFailed(sentence)

    def _pieces_to_the_end(self) -> Iterator[Event]:
        try:
            for chunk in self._chunks:
                yield from self._read(chunk)
        except Exception:
            yield from self._without_repeats(self._tags.end())
            # After the finish reason only the usage can be missing.
            if self._reason is None:
                raise
            return
        yield from self._without_repeats(self._tags.end())

    def _read(self, chunk: dict[str, Any]) -> Iterator[Event]:
        self._usage = usage_of(chunk) or self._usage
        model = chunk.get("model")
        self._model = model if isinstance(model, str) and model else self._model
        choice = choice_of(chunk, self._index)
        if choice is None:
            return
        index = choice.get("index")
        self._index = index if self._index is None and isinstance(index, int) else self._index
        self._has_tool_call = self._has_tool_call or calls_tool(choice)
        words = words_in(choice)
        if words.reasoning and not (words.is_whole and self._has_reasoning):
            self._tags.note_reasoning()
            if thought := self._thoughts.pass_on(words.reasoning, is_apart=True):
                yield Reasoning(thought)
        if text := self._new_text(words):
            yield from self._without_repeats(self._tags.read(text))
        reason = finish_reason_of(choice)
        if choice.get("error") or reason == "error":
            raise error_in_answer({"error": choice.get("error") or {}})
        if reason is not None:
            self._reason = reason
            self._on_finish()

    def _without_repeats(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            if not isinstance(event, Reasoning):
                yield event
            elif thought := self._thoughts.pass_on(event.text, is_apart=False):
                yield Reasoning(thought)

    def _new_text(self, words: Words) -> str:
        """Return the part of the text that is new: a whole message may repeat the pieces before it."""
        if not words.is_whole:
            self._has_deltas = self._has_deltas or bool(words.text)
            return self._remember(words.text)
        said = "".join(self._said)
        self._said = [said]
        if said and words.text.startswith(said):
            return self._remember(words.text[len(said) :])
        return "" if self._has_deltas else self._remember(words.text)

    def _remember(self, text: str) -> str:
        if self._said_length < _REMEMBERED:
            self._said.append(text)
            self._said_length += len(text)
        return text

    def _note(self, event: Event) -> None:
        if isinstance(event, Rethought):
            self._has_text, self._has_reasoning = False, True
        elif isinstance(event, Text):
            self._has_text = self._has_text or not event.text.isspace()
        elif isinstance(event, Reasoning):
            self._has_reasoning = self._has_reasoning or not event.text.isspace()
