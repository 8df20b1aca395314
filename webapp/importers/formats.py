"""What a format is, and the list of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from webapp.importers import (
    ai_studio,
    anythingllm,
    betterchatgpt,
    chatbox,
    chatgpt,
    claude,
    copilot_cli,
    copilot_csv,
    cursor,
    deepseek,
    grok,
    jan,
    le_chat,
    librechat,
    lobechat,
    minutebook,
    oasst,
    openai_messages,
    openwebui,
    perplexity,
    sharegpt,
    takeout,
    typingmind,
)
from webapp.importers.claude_code import format as claude_code
from webapp.importers.codex import format as codex
from webapp.importers.gemini_cli import format as gemini_cli
from webapp.importers.llm import format as llm
from webapp.importers.vscode_copilot import format as vscode_copilot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class Format(Protocol):
    """A format of exports. `name` is the origin of its conversations and the value of `--format`; `label` is shown."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    def claims(self, probe: Probe) -> bool:
        """Say whether a file is of this format, by its content."""

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:
        """Yield what the claimed files hold. The bundle has the other files, for example pictures.

        A record that cannot be read is a LeftOut and costs only itself. Raises UnreadableUpload.
        """


def all_formats() -> tuple[Format, ...]:
    """Return the formats in the order in which they are asked."""
    return (
        minutebook.FORMAT,
        grok.FORMAT,
        deepseek.FORMAT,
        chatgpt.FORMAT,
        claude.FORMAT,
        claude_code.FORMAT,
        codex.FORMAT,
        gemini_cli.FORMAT,
        vscode_copilot.FORMAT,
        copilot_cli.FORMAT,
        cursor.FORMAT,
        llm.FORMAT,
        openwebui.FORMAT,
        le_chat.FORMAT,
        librechat.FORMAT,
        ai_studio.FORMAT,
        takeout.FORMAT,
        sharegpt.FORMAT,
        oasst.FORMAT,
        perplexity.FORMAT,
        typingmind.FORMAT,
        lobechat.FORMAT,
        chatbox.FORMAT,
        betterchatgpt.FORMAT,
        anythingllm.FORMAT,
        copilot_csv.FORMAT,
        jan.FORMAT,
        openai_messages.FORMAT,
    )
