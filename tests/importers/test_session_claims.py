"""The formats of coding agents claim their own files, and no others."""

from __future__ import annotations

import pytest

from tests.support.exports import EXPORTS
from webapp.importers import copilot_cli, cursor
from webapp.importers.bundle import open_bundle
from webapp.importers.claude_code import format as claude_code
from webapp.importers.codex import format as codex
from webapp.importers.gemini_cli import format as gemini_cli
from webapp.importers.llm import format as llm
from webapp.importers.probe import probe
from webapp.importers.vscode_copilot import format as vscode_copilot

FORMATS = [one.FORMAT for one in (claude_code, codex, gemini_cli, copilot_cli, cursor, llm, vscode_copilot)]
FILES = sorted(path for path in EXPORTS.rglob("*") if path.is_file() and path.suffix != ".md")


def owners(path):
    folder = path.relative_to(EXPORTS).parts[0]
    if folder == "copilot":
        return {"vscode-copilot"} if path.name.startswith("vscode") else {"copilot-cli"}
    return {folder} if folder in {one.name for one in FORMATS} else set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXPORTS)))
def test_a_file_is_claimed_by_its_format_alone(path):
    with open_bundle([path]) as bundle:
        for member in bundle.members:
            seen = probe(member)
            assert {one.name for one in FORMATS if one.claims(seen)} == owners(path)
