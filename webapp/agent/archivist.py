"""The archivist: answers with quotes from the user's own messages. It needs no key, no network and no model.

Greetings, questions about itself and notes get fixed sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.agent.intents import read_request
from webapp.agent.protocol import AS_USUAL
from webapp.agent.sentences import SENTENCES, date_text
from webapp.agent.toolbox import NO_TOOLS
from webapp.agent.values import End, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.agent.intents import Intent
    from webapp.agent.sentences import Sentences
    from webapp.agent.stop import Stop
    from webapp.agent.toolbox import Toolbox
    from webapp.agent.values import Citation, Event, Parameters, Utterance


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
        """Yield a fixed sentence, or the passages that share words with the last utterance."""
        question = next(each.content for each in reversed(history) if each.role == "user")
        request = read_request(question)
        sentences = SENTENCES[request.language]
        if request.intent != "search" and request.is_sure:
            yield Text(_fixed(request.intent, sentences, history, toolbox))
            yield End(model=self.key)
            return
        findings = toolbox.retrieve(question)
        if not findings.passages:
            yield Text(sentences.connect if request.intent == "connect" else sentences.nothing)
            yield End(model=self.key)
            return
        count = len(findings.passages)
        oldest = date_text(sentences, min(passage.create_time for passage in findings.passages))
        yield Text((sentences.one if count == 1 else sentences.many).format(count=count, oldest=oldest) + "\n")
        for number, passage in enumerate(findings.passages, 1):
            yield Text(f"\n{_entry(number, passage, sentences)}\n")
        yield End(model=self.key, citations=findings.passages, histogram=findings.months)


def _fixed(intent: Intent, sentences: Sentences, history: Sequence[Utterance], toolbox: Toolbox) -> str:
    if intent != "note":
        return str(getattr(sentences, intent))
    if not toolbox.is_stored:
        return sentences.not_kept
    # Instructions are no message of the transcript.
    return sentences.kept.format(number=sum(utterance.role != "system" for utterance in history))


def _entry(number: int, passage: Citation, sentences: Sentences) -> str:
    quote = "\n".join(f"   > {_escape(line)}" for line in passage.quote.splitlines())
    link = link_to(passage.title, passage.html_url)
    return f"{number}. {date_text(sentences, passage.create_time)}, {link})\n\n{quote}"


def link_to(title: str, address: str) -> str:
    """Return the beginning of a link. A strike finds by it what quotes a chat."""
    return f"[{_escape(title)}]({address}"


def _escape(text: str) -> str:
    """Return Markdown that renders as the plain text. An escaped bracket would begin a formula, so it is an entity."""
    return "".join("&#91;" if c == "[" else f"\\{c}" if c in "\\`*_{}]<>)#+-.!|~$&" else c for c in text)
