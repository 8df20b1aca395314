"""Every real export is of one format, and none of another program's is taken for it."""

from __future__ import annotations

import pytest

from tests.support.exports import EXPORTS
from webapp.importers.bundle import open_bundle
from webapp.importers.errors import UnreadableUpload
from webapp.importers.reading import find_formats

FOLDERS = {"openwebui": "openwebui", "librechat": "librechat", "sharegpt": "sharegpt", "grok": "grok", "other": "oasst"}
FILES = sorted(path for path in EXPORTS.rglob("*") if path.is_file() and path.suffix != ".md")
OURS = {*FOLDERS.values(), "gemini-takeout", "ai-studio", "le-chat", "deepseek", "perplexity", "typingmind", "lobechat"} | {
    "chatbox", "betterchatgpt", "anythingllm", "microsoft-copilot", "jan", "openai",
}  # fmt: skip


def expected(path):
    if path.parent.name == "gemini":
        return {"ai-studio" if path.name.startswith("aistudio") else "gemini-takeout"}
    return {FOLDERS[path.parent.name]} if path.parent.name in FOLDERS else set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_format_of_a_real_export(path):
    with open_bundle([path]) as bundle:
        try:
            found = {one.name for one, _ in find_formats(bundle).by_format}
        except UnreadableUpload:
            found = set()

    assert found & OURS == expected(path)
