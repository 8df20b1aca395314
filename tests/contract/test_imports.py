"""Imports run one way: doors, what every request passes, services, then tables, assistants and rendering."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys

from tests.support.imports import MODULES, ROOT, imports_of, room_of, rooms_imported, under
from tests.support.server import environment

_GROUND = {"database", "errors", "ids", "observability", "state"}
_BELOW_SERVICES = _GROUND | {"config", "models", "services", "urls"}
_BELOW_DOORS = _GROUND | {"config", "http", "services", "urls", "webapp"}
_SERVICES = {
    "services/accounts",
    "services/assistants",
    "services/exports",
    "services/files",
    "services/ingest",
    "services/instructions",
    "services/jobs",
    "services/keeping",
    "services/live",
    "services/replacements",
    "services/search",
    "services/sessions",
    "services/strikes",
    "services/tags",
    "services/transcripts",
    "services/verification",
    "services/workers",
}
DOORS = {"web", "api", "openai_api", "cli", "operations"}

#: What each room may import. A room without a rule fails.
MAY_IMPORT = {
    "webapp": {"config", "database", "error_handlers", "http", "observability", "services/assistants", "services/ingest", "services/jobs", "services/keeping", "services/live", "state", "urls", *DOORS},
    "errors": {"agent"},
    "ids": set(),
    "malloc": set(),
    "state": set(),
    "urls": {"ids"},
    "config": set(),
    "observability": {"config", "ids"},
    "database": {"config", "errors", "observability"},
    "models": {"database"},
    "agent": set(),
    "rendering": set(),
    "importers": set(),
    "services": _BELOW_SERVICES | {"agent"},
    "services/files": _BELOW_SERVICES,
    "services/instructions": _BELOW_SERVICES,
    "services/transcripts": _BELOW_SERVICES | {"rendering", "services/files", "services/instructions"},
    "services/search": _BELOW_SERVICES | {"agent", "rendering", "services/transcripts"},
    "services/assistants": _BELOW_SERVICES | {"agent", "services/accounts"},
    "services/accounts": _BELOW_SERVICES | {"malloc"},
    "services/sessions": _BELOW_SERVICES | {"services/accounts", "services/assistants", "services/instructions", "services/tags", "services/transcripts"},
    "services/tags": _BELOW_SERVICES | {"services/instructions"},
    "services/exports": _BELOW_SERVICES | {"rendering", "services/accounts", "services/files", "services/instructions", "services/transcripts"},
    "services/keeping": _BELOW_SERVICES | {"services/jobs", "services/verification"},
    "services/workers": _GROUND | {"services"},
    "services/jobs": _GROUND | {"models", "services", "services/workers"},
    "services/ingest": _BELOW_SERVICES | {"importers", "services/exports", "services/files", "services/jobs", "services/sessions", "services/tags", "services/transcripts"},
    "services/live": _BELOW_SERVICES | {"agent", "rendering", "services/files", "services/workers", "services/assistants", "services/instructions", "services/search", "services/sessions", "services/transcripts"},
    "services/replacements": _BELOW_SERVICES | {"services/instructions", "services/live", "services/sessions", "services/tags", "services/transcripts"},
    "services/strikes": _BELOW_SERVICES | {"services/accounts", "services/files", "services/instructions", "services/live", "services/sessions"},
    "services/verification": _BELOW_SERVICES | {"services/files", "services/instructions", "services/transcripts"},
    "http": _GROUND | {"config", "services", "services/accounts", "services/files", "services/live", "urls"},
    "server": _GROUND | {"config", "http", "malloc", "services/files", "services/jobs", "services/keeping", "services/live", "webapp"},
    "web": _BELOW_DOORS | _SERVICES | {"importers", "rendering"},
    "api": _BELOW_DOORS | _SERVICES | {"importers"},
    "openai_api": _BELOW_DOORS | _SERVICES | {"agent"},
    "cli": _BELOW_DOORS | _SERVICES | {"importers"},
    "operations": _BELOW_DOORS | _SERVICES | {"api"},
    "error_handlers": _GROUND | {"http"},
}  # fmt: skip

_DATABASE_PACKAGES = ("sqlalchemy", "flask_sqlalchemy")
_FLASK_REQUEST = ("flask.request", "flask.session", "flask.g")

#: Packages that a room must not know.
MUST_NOT_KNOW = {
    **dict.fromkeys(DOORS, _DATABASE_PACKAGES),
    **dict.fromkeys(("services", *_SERVICES), _FLASK_REQUEST),
    "models": ("flask",),
    "agent": ("flask", *_DATABASE_PACKAGES),
    "rendering": ("flask", *_DATABASE_PACKAGES),
    "importers": ("flask", *_DATABASE_PACKAGES),
    "errors": ("flask", *_DATABASE_PACKAGES),
}


def test_every_room_has_a_rule():
    assert {room_of(module) for module in MODULES} - MAY_IMPORT.keys() == set(), "say in MAY_IMPORT what it may know"


def test_a_module_imports_only_from_the_rooms_below_its_own():
    assert _wrong(lambda module: rooms_imported(module) - MAY_IMPORT[room_of(module)]) == {}


def test_a_module_knows_no_package_that_its_room_must_not_know():
    assert _wrong(lambda module: _imported(module, *MUST_NOT_KNOW.get(room_of(module), ()))) == {}


def test_the_rooms_have_an_order_without_a_circle():
    left = {room: {other for m in MODULES if room_of(m) == room for other in rooms_imported(m)} for room in MAY_IMPORT}
    # The factory puts the doors together: the server and the command line build the app, and the API says its version.
    for below in left.values():
        below.discard("webapp")
    while floor := {room for room, below in left.items() if not below & left.keys()}:
        left = {room: below for room, below in left.items() if room not in floor}

    assert left == {}


_LIVE = "webapp.services.live"
_FACE = {f"{_LIVE}.{name}" for name in importlib.import_module(_LIVE).__all__}


def test_a_door_knows_live_turns_by_their_face():
    assert _wrong(lambda module: _imported(module, _LIVE) - _FACE, rooms={"http", *DOORS}) == {}


def test_a_module_of_live_turns_never_imports_the_face():
    assert _wrong(lambda module: under(module, _LIVE) and module != _LIVE and _names(module) & _FACE) == {}


def test_a_door_never_queries_and_never_commits():
    def tables(module):
        found = _imported(module, "webapp.models") | (_names(module) & {"webapp.database.transaction"})
        handles = {name for name in _names(module) if name.endswith(".db")}
        return found if module == "webapp.cli.database" else found | handles

    assert _wrong(tables, rooms=DOORS) == {}
    assert _wrong(lambda module: _attributes(module) & {"commit", "rollback", "flush"}, rooms=DOORS) == {}


def test_only_the_write_transaction_commits():
    assert _wrong(lambda module: "commit" in _attributes(module)).keys() == {"webapp.database.transaction"}


def test_the_app_and_its_command_line_bring_in_neither_the_migrations_nor_an_http_client(tmp_path):
    heavy = "alembic, cryptography, openai, httpx2, math_core, psycopg, redis, prometheus_client"
    code = f"import sys, webapp.cli; webapp.create_app(); print({{*{heavy.split(', ')}}} & {{*sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent,
        env=environment(None, tmp_path),
    )  # fmt: skip

    assert done.stdout.strip() == "set()"


def test_what_an_app_holds_is_found_by_its_type():
    # Others use webapp.state: provide, find, current.
    assert _wrong(lambda module: "app.extensions" in MODULES[module].read_text()).keys() == {"webapp.state"}


def _wrong(find, rooms=MAY_IMPORT):
    """Return what is found in the modules of these rooms, by module."""
    found = {module: find(module) for module in MODULES if room_of(module) in rooms}
    return {module: wrong for module, wrong in found.items() if wrong}


def _names(module):
    return {found.name for found in imports_of(module)}


def _imported(module, *packages):
    return {name for name in _names(module) for package in packages if under(name, package)}


def _attributes(module):
    return {node.attr for node in ast.walk(ast.parse(MODULES[module].read_text())) if isinstance(node, ast.Attribute)}
