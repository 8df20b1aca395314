"""The archivist: answers with quotes from the user's own messages. It needs no key, no network and no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.protocol import AS_USUAL
from webapp.agent.toolbox import NO_TOOLS
from webapp.agent.values import End, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from webapp.agent.stop import Stop
    from webapp.agent.toolbox import Toolbox
    from webapp.agent.values import Citation, Event, Parameters, Utterance


NOTHING = (
    "I found nothing in your messages that shares words with this.\n\n"
    "I am the archivist: I answer only by quoting what you have kept here. To have a language model answer, set "
    "`OPENAI_BASE_URL` (and `OPENAI_API_KEY`, where one is needed) and start Minutebook again. Any "
    "OpenAI-compatible server will do: Ollama, llama.cpp, LM Studio, vLLM, OpenRouter or OpenAI itself."
)


class Archivist:
    """An assistant that finds, quotes and links passages. It writes no sentence of its own about the subject."""

    key = "archivist"
    label = "Archivist"

    def reply(
        self,
        history: Sequence[Utterance],
        *,
        timeout: float,  # noqa: ARG002 - it does not wait
        stop: Stop | None = None,  # noqa: ARG002 - nor does it need to be stopped
        toolbox: Toolbox = NO_TOOLS,
        parameters: Parameters = AS_USUAL,  # noqa: ARG002 - it is no model
    ) -> Iterator[Event]:
        """Yield the passages that share words with the user's last utterance."""
        findings = toolbox.retrieve(next(each.content for each in reversed(history) if each.role == "user"))
        if not findings.passages:
            yield Text(NOTHING)
            yield End(model=self.key)
            return
        count = len(findings.passages)
        oldest = min(passage.create_time for passage in findings.passages)
        passages = "1 passage" if count == 1 else f"{count} passages"
        yield Text(f"{passages} from your messages, oldest {_date(oldest)}:\n")
        for number, passage in enumerate(findings.passages, 1):
            yield Text(f"\n{_entry(number, passage)}\n")
        yield End(model=self.key, citations=findings.passages, histogram=findings.months)


def _entry(number: int, passage: Citation) -> str:
    title = _escape(passage.title)
    quote = "\n".join(f"   > {_escape(line)}" for line in passage.quote.splitlines())
    return f"{number}. {_date(passage.create_time)}, [{title}]({passage.html_url})\n\n{quote}"


def _date(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _escape(text: str) -> str:
    """Return Markdown that renders as the plain text. An escaped bracket would begin a formula, so it is an entity."""
    return "".join("&#91;" if c == "[" else f"\\{c}" if c in "\\`*_{}]<>)#+-.!|~$&" else c for c in text)
