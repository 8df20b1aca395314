"""The archivist: answers from what the user has kept, by quoting it. No key, no network, no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.toolbox import NO_TOOLS
from webapp.agent.values import End, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.stop import Stop
    from webapp.agent.toolbox import Toolbox
    from webapp.agent.values import Citation, Event, Utterance


NOTHING = (
    "I looked through your minutes and found nothing that shares words with this.\n\n"
    "I am the archivist: I answer only by quoting what you have kept here. To have a language model answer, set "
    "`OPENAI_BASE_URL` (and `OPENAI_API_KEY`, where one is needed) and start Minutebook again. Any "
    "OpenAI-compatible server will do: Ollama, llama.cpp, LM Studio, vLLM, OpenRouter or OpenAI itself."
)


class Archivist:
    """An assistant that finds, quotes and links; it never makes a sentence of its own about the matter."""

    key = "archivist"
    label = "Archivist"

    def reply(
        self,
        history: Sequence[Utterance],
        *,
        timeout: float,  # noqa: ARG002 - it does not wait
        stop: Stop | None = None,  # noqa: ARG002 - nor does it need to be stopped
        toolbox: Toolbox = NO_TOOLS,
    ) -> Iterator[Event]:
        """Yield the passages that share words with the last question."""
        findings = toolbox.retrieve(history[-1].content)
        if not findings.passages:
            yield Text(NOTHING)
            yield End(model=self.key)
            return
        count = len(findings.passages)
        turns = "one turn" if count == 1 else f"{count} turns"
        yield Text(f"I found {turns} in your minutes that share{'s' if count == 1 else ''} words with this.\n")
        for number, passage in enumerate(findings.passages, 1):
            yield Text(f"\n{_entry(number, passage)}\n")
        yield End(model=self.key, citations=findings.passages, histogram=findings.months)


def _entry(number: int, passage: Citation) -> str:
    date = f"{passage.create_time.day} {passage.create_time:%B %Y}"
    title = _escape(passage.title)
    quote = "\n".join(f"   > {_escape(line)}" for line in passage.quote.splitlines())
    return f"{number}. {date}, [{title}]({passage.html_url})\n\n{quote}"


def _escape(text: str) -> str:
    """Write plain text as Markdown that renders as that text. A bracket behind a backslash would begin a formula."""
    return "".join("&#91;" if c == "[" else f"\\{c}" if c in "\\`*_{}]<>)#+-.!|~$&" else c for c in text)
