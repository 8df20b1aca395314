"""What the pages for people promise, held against the code."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def ours():
    """Return the text files that are shipped or kept, without what tools leave behind."""
    skipped = {".git", ".venv", "node_modules", "dist", "build", "data", "vendor"}
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        if path.is_file() and not hidden and not skipped & set(parts) and b"\0" not in (raw := path.read_bytes()):
            yield path, raw.decode()


def test_every_setting_is_in_the_readme():
    names = re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', (ROOT / "webapp" / "config" / "settings.py").read_text())
    readme = (ROOT / "README.md").read_text()
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in readme and name not in re.findall(r"[A-Z_]+", readme)] == []


def test_every_command_of_the_readme_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"\bmake ([a-z-]+)(?=[ `\n])", (ROOT / "README.md").read_text()))
    assert {"run", "test"} <= told <= targets


def test_ci_runs_the_test_command_of_the_readme():
    last = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    assert f"`{last.removeprefix('exec ')}` runs every check" in (ROOT / "README.md").read_text()


def test_make_help_has_a_line_for_every_target():
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", told.stdout, re.MULTILINE))
    assert set(lines) == phony
    assert set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == phony


def test_no_file_names_a_package_index():
    words = (
        "--(extra-)?index-url",
        "--find-links",
        r"\bpypi[.]",
        "pythonhosted[.]org",
        "registry[.]npmjs",
        "(UV|PIP)_([A-Z_]*_)?INDEX",
    )
    pattern = re.compile("|".join(words), re.IGNORECASE)
    assert [
        str(path.relative_to(ROOT)) for path, text in ours() if path != Path(__file__) and pattern.search(text)
    ] == []


@pytest.mark.parametrize("kind", ["*.html", "*.js", "*.css", "*.svg"])
def test_no_page_loads_anything_from_elsewhere(kind):
    loads = re.compile(r"(?:src|href|action|formaction|url\(|@import|import\()[=\s\"'(]*(?:https?:)?//", re.IGNORECASE)
    found = [path for folder in ("templates", "static") for path in (ROOT / folder).rglob(kind)]
    assert found
    assert [str(path) for path in found if "vendor" not in path.parts and loads.search(path.read_text())] == []


def test_templates_have_no_inline_script_or_style():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    assert [str(path) for path in (ROOT / "templates").rglob("*.html") if inline.search(path.read_text())] == []
