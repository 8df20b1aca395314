"""Artifacts: documents and programs that the assistant wrote beside the chat, shown as named code blocks."""

from __future__ import annotations

import re
from typing import Any

from webapp.importers import texts, untrusted

_TAG = re.compile(r"<antArtifact\b([^>]{0,2000})>(.*?)(?:</antArtifact>|\Z)", re.DOTALL)
_THINKING = re.compile(r"<antThinking>(.*?)(?:</antThinking>|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"|([\w-]+)='([^']*)'")
_LANGUAGES = {
    "text/html": "html",
    "text/markdown": "markdown",
    "image/svg+xml": "svg",
    "application/vnd.ant.react": "jsx",
    "application/vnd.ant.mermaid": "mermaid",
    "application/javascript": "javascript",
    "application/json": "json",
}
#: Tools that write a document which the person saw.
TOOLS = ("artifacts", "create_artifact", "create_file")


def without_tags(text: str) -> tuple[str, str]:
    """Return an answer with its artifacts as code blocks, and the thinking that stood in it."""
    if "<ant" not in text:
        return text, ""
    thinking = [found.strip() for found in _THINKING.findall(text)]
    text = _THINKING.sub("", text)
    return re.sub(r"\n{3,}", "\n\n", _TAG.sub(_block_of_tag, text)), texts.join_blocks(thinking)


def block_of(tool_input: Any) -> str:
    """Return the block of a tool's input; an empty text if it has no document."""
    title = _title(tool_input)
    language = untrusted.text(tool_input, "language") or _LANGUAGES.get(untrusted.text(tool_input, "type"), "")
    content = untrusted.text(tool_input, "content") or untrusted.text(tool_input, "file_text")
    if content.strip():
        return texts.named_block(title, content, language)
    old, new = untrusted.text(tool_input, "old_str"), untrusted.text(tool_input, "new_str")
    if old or new:
        lines = [f"- {line}" for line in old.splitlines()] + [f"+ {line}" for line in new.splitlines()]
        return texts.named_block(f"Change to {title}", "\n".join(lines), "diff")
    return ""


def _title(tool_input: Any) -> str:
    path = untrusted.text(tool_input, "path") or untrusted.text(tool_input, "filename")
    return untrusted.text(tool_input, "title") or path or untrusted.text(tool_input, "id") or "Document"


def _block_of_tag(match: re.Match[str]) -> str:
    named = {one[0] or one[2]: one[1] or one[3] for one in _ATTRIBUTE.findall(match[1])}
    language = named.get("language") or _LANGUAGES.get(named.get("type", ""), "")
    title = named.get("title") or named.get("identifier") or "Document"
    return f"\n\n{texts.named_block(title, match[2].strip(chr(10)), language)}\n\n"
