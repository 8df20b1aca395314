"""What the pages for people promise, held against the code."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ROUTES = """
GET    /
GET    /account
GET    /account/confirmation
POST   /account/confirmation
POST   /account/password
POST   /account/sign-ins/<id:sign_in_id>/end
POST   /account/sign-ins/end
POST   /account/tokens
POST   /account/tokens/<id:token_id>/revoke
GET    /account/trail
GET    /accounts
POST   /accounts/<id:account_id>/disable
POST   /accounts/<id:account_id>/enable
POST   /accounts/<id:account_id>/reset
POST   /accounts/invitations
POST   /accounts/invitations/<id:invitation_id>/withdraw
GET    /api/v1/account
GET    /api/v1/account/events
GET    /api/v1/assistants
POST   /api/v1/chat
GET    /api/v1/connections
POST   /api/v1/connections
DELETE /api/v1/connections/<id:connection_id>
GET    /api/v1/connections/<id:connection_id>
PATCH  /api/v1/connections/<id:connection_id>
DELETE /api/v1/connections/<id:connection_id>/models
GET    /api/v1/connections/<id:connection_id>/models
PATCH  /api/v1/connections/<id:connection_id>/models
POST   /api/v1/connections/<id:connection_id>/models
POST   /api/v1/connections/<id:connection_id>/refresh
POST   /api/v1/connections/<id:connection_id>/tests
POST   /api/v1/connections/tests
GET    /api/v1/docs
GET    /api/v1/messages/<id:message_id>
POST   /api/v1/messages/<id:message_id>/strike
POST   /api/v1/instructions/<id:text_id>/strike
GET    /api/v1/account/settings
PATCH  /api/v1/account/settings
GET    /api/v1/sessions/<id:session_id>/settings
PATCH  /api/v1/sessions/<id:session_id>/settings
GET    /api/v1/openapi.json
GET    /api/v1/search
GET    /api/v1/sessions
POST   /api/v1/sessions
POST   /api/v1/sessions/changes
DELETE /api/v1/sessions/<id:session_id>
GET    /api/v1/sessions/<id:session_id>
PATCH  /api/v1/sessions/<id:session_id>
POST   /api/v1/sessions/<id:session_id>/edits
POST   /api/v1/sessions/<id:session_id>/forks
POST   /api/v1/sessions/changes
DELETE /api/v1/sessions/<id:session_id>/live
GET    /api/v1/sessions/<id:session_id>/live
POST   /api/v1/sessions/<id:session_id>/live/stop
GET    /api/v1/sessions/<id:session_id>/messages
GET    /api/v1/sessions/<id:session_id>/messages/<int:idx>
GET    /api/v1/sessions/<id:session_id>/replacements
POST   /api/v1/sessions/<id:session_id>/replacements/<id:replacement_id>/fork
POST   /api/v1/sessions/<id:session_id>/replacements/<id:replacement_id>/undo
POST   /api/v1/sessions/<id:session_id>/continuations
POST   /api/v1/sessions/<id:session_id>/live/keep
POST   /api/v1/sessions/<id:session_id>/retries
POST   /api/v1/sessions/<id:session_id>/turns
GET    /assets/<name>
POST   /chat
GET    /healthz
GET    /invitations/<secret>
POST   /invitations/<secret>
GET    /messages/<id:message_id>
POST   /messages/<id:message_id>/strike
GET    /messages/<id:message_id>/strike
POST   /instructions/<id:text_id>/strike
GET    /instructions/<id:text_id>/strike
GET    /settings/instructions
POST   /settings/instructions
GET    /sessions/<id:session_id>/settings
POST   /sessions/<id:session_id>/settings
GET    /readyz
GET    /search
GET    /sessions
GET    /sessions/<id:session_id>
POST   /sessions/<id:session_id>/archive
POST   /sessions/<id:session_id>/edits
POST   /sessions/<id:session_id>/forks
GET    /sessions/<id:session_id>/live
POST   /sessions/<id:session_id>/live/stop
POST   /sessions/<id:session_id>/live/take-back
GET    /sessions/<id:session_id>/messages/<int:idx>
GET    /sessions/<id:session_id>/messages/<int:idx>/article
GET    /sessions/<id:session_id>/messages/<int:idx>/edit
GET    /sessions/<id:session_id>/news
POST   /sessions/<id:session_id>/pin
GET    /sessions/<id:session_id>/purge
POST   /sessions/<id:session_id>/purge
POST   /sessions/<id:session_id>/replacements/<id:replacement_id>/fork
POST   /sessions/<id:session_id>/replacements/<id:replacement_id>/undo
POST   /sessions/<id:session_id>/restore
POST   /sessions/<id:session_id>/continuations
POST   /sessions/<id:session_id>/live/keep
POST   /sessions/<id:session_id>/retries
GET    /sessions/<id:session_id>/title
POST   /sessions/<id:session_id>/title
POST   /sessions/changes
GET    /manifest.webmanifest
POST   /sessions/<id:session_id>/unpin
GET    /sessions/archived
POST   /sessions/changes
GET    /sessions/<id:session_id>/title
GET    /manifest.webmanifest
GET    /settings/models
POST   /settings/models/connections
POST   /settings/models/connections/<id:connection_id>
GET    /settings/models/connections/<id:connection_id>/remove
POST   /settings/models/connections/<id:connection_id>/remove
POST   /settings/models/connections/<id:connection_id>/test
POST   /settings/models/refresh
POST   /settings/models/shown
GET    /setup
POST   /setup
GET    /sign-in
POST   /sign-in
POST   /sign-out
GET    /static/<path:filename>
POST   /theme
POST   /v1/chat/completions
GET    /v1/models
GET    /v1/models/<path:model>
POST   /v1/responses
GET    /v1/responses/<response_id>
"""


def ours():
    """Return the text files that are shipped or kept, without what tools leave behind."""
    skipped = {".git", ".venv", "node_modules", "dist", "build", "data", "vendor"}
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        if path.is_file() and not hidden and not skipped & set(parts) and b"\0" not in (raw := path.read_bytes()):
            yield path, raw.decode()


def test_these_are_all_the_routes(make_app):
    found = {(m, rule.rule) for rule in make_app().url_map.iter_rules() for m in rule.methods - {"HEAD", "OPTIONS"}}
    assert found == {tuple(line.split()) for line in ROUTES.strip().splitlines()}


def test_every_setting_is_in_the_readme():
    names = re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', (ROOT / "webapp" / "config" / "settings.py").read_text())
    readme = (ROOT / "README.md").read_text()
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in readme and name not in re.findall(r"[A-Z_]+", readme)] == []


def test_every_command_of_the_readme_is_there():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"\bmake ([a-z]+)\b(?=[ `\n])", (ROOT / "README.md").read_text()))
    assert {"run", "test"} <= told <= targets


def test_make_help_has_a_line_for_every_target():
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = dict(re.findall(r"^  make ([a-z]+) +(\S.*)$", told.stdout, re.MULTILINE))
    assert set(lines) == phony
    assert set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) == phony


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
