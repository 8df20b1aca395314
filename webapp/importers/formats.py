"""What a format is, and the list of all of them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

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


#: The formats by name, with their labels and modules, in the order in which they are asked.
_FORMATS = {
    "minutebook-json": ("Minutebook (one chat)", "webapp.importers.minutebook"),
    "grok": ("Grok", "webapp.importers.grok"),
    "deepseek": ("DeepSeek", "webapp.importers.deepseek"),
    "chatgpt": ("ChatGPT", "webapp.importers.chatgpt"),
    "claude": ("Claude", "webapp.importers.claude"),
    "claude-code": ("Claude Code", "webapp.importers.claude_code.format"),
    "codex": ("Codex", "webapp.importers.codex.format"),
    "gemini-cli": ("Gemini CLI", "webapp.importers.gemini_cli.format"),
    "vscode-copilot": ("Copilot in VS Code", "webapp.importers.vscode_copilot.format"),
    "copilot-cli": ("Copilot CLI", "webapp.importers.copilot_cli"),
    "cursor": ("Cursor", "webapp.importers.cursor"),
    "llm": ("llm (logs.db)", "webapp.importers.llm.format"),
    "openwebui": ("Open WebUI", "webapp.importers.openwebui"),
    "le-chat": ("Le Chat", "webapp.importers.le_chat"),
    "librechat": ("LibreChat", "webapp.importers.librechat"),
    "ai-studio": ("Google AI Studio", "webapp.importers.ai_studio"),
    "gemini-takeout": ("Google Takeout of Gemini", "webapp.importers.takeout"),
    "sharegpt": ("ShareGPT", "webapp.importers.sharegpt"),
    "oasst": ("OpenAssistant trees", "webapp.importers.oasst"),
    "perplexity": ("Perplexity", "webapp.importers.perplexity"),
    "typingmind": ("TypingMind", "webapp.importers.typingmind"),
    "lobechat": ("LobeChat", "webapp.importers.lobechat"),
    "chatbox": ("Chatbox", "webapp.importers.chatbox"),
    "betterchatgpt": ("BetterChatGPT", "webapp.importers.betterchatgpt"),
    "anythingllm": ("AnythingLLM", "webapp.importers.anythingllm"),
    "microsoft-copilot": ("Microsoft Copilot (CSV)", "webapp.importers.copilot_csv"),
    "jan": ("Jan", "webapp.importers.jan"),
    "openai": ("OpenAI messages", "webapp.importers.openai_messages"),
}
#: What people read, by name. Only an import needs more of the formats.
LABELS = {name: label for name, (label, _) in _FORMATS.items()}


@cache
def all_formats() -> tuple[Format, ...]:
    """Return the formats in the order in which they are asked. Their modules are imported at the first call."""
    return tuple(cast("Format", import_module(module).FORMAT) for _, module in _FORMATS.values())
