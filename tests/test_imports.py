"""Imports run one way: doors, then services, then tables, search, assistants and rendering."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import webapp

ROOT = Path(webapp.__file__).parent
DOORS = ("webapp.web", "webapp.api", "webapp.compatible", "webapp.cli")
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))

#: What a part of the house must not know. `cli/__init__.py` and `cli/upgrade.py` set up and run the migrations.
FORBIDDEN = {
    "web": ("sqlalchemy", "flask_sqlalchemy", "webapp.extensions", "webapp.search", "webapp.api", "webapp.cli", "webapp.compatible", "webapp.services.transaction"),
    "api": ("sqlalchemy", "flask_sqlalchemy", "webapp.extensions", "webapp.search", "webapp.web", "webapp.cli", "webapp.compatible", "webapp.services.transaction"),
    "compatible": ("sqlalchemy", "flask_sqlalchemy", "webapp.extensions", "webapp.search", "webapp.web", "webapp.api", "webapp.cli", "webapp.services.transaction"),
    "cli": ("sqlalchemy", "flask_sqlalchemy", "webapp.search", "webapp.web", "webapp.api", "webapp.compatible", "webapp.services.transaction"),
    "services": (*DOORS, "flask.request", "flask.session", "flask.g", "webapp.shell", "webapp.handlers"),
    "models": (*DOORS, "webapp.services", "webapp.agent", "webapp.search", "webapp.rendering", "flask"),
    "search": (*DOORS, "webapp.services", "webapp.agent", "webapp.rendering", "flask"),
    "agent": (*DOORS, "webapp.services", "webapp.models", "webapp.extensions", "webapp.search", "webapp.rendering", "webapp.config", "flask", "sqlalchemy", "flask_sqlalchemy"),
    "rendering": (*DOORS, "webapp.services", "webapp.models", "webapp.extensions", "webapp.search", "webapp.agent", "flask", "sqlalchemy"),
}  # fmt: skip

#: Helpers of the tables that know no table.
ALLOWED_MODELS = ("webapp.models.ids", "webapp.models.types")


def names_imported(source):
    """Every name that a module imports, whole: `from flask import request` is `flask.request`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def under(name, parent):
    return name == parent or name.startswith(f"{parent}.")


def part_of(module):
    return module.partition("/")[0]


@pytest.mark.parametrize("module", [module for module in MODULES if part_of(module) in FORBIDDEN])
def test_a_part_of_the_house_knows_only_what_lies_below_it(module):
    names = list(names_imported((ROOT / module).read_text()))
    forbidden = FORBIDDEN[part_of(module)]

    assert [name for name in names if any(under(name, parent) for parent in forbidden)] == []


@pytest.mark.parametrize(
    "module", [module for module in MODULES if part_of(module) in {"web", "api", "compatible", "cli"}]
)
def test_a_door_never_queries_and_never_commits(module):
    source = (ROOT / module).read_text()
    names = list(names_imported(source))

    tables = [
        name for name in names if under(name, "webapp.models") and not any(under(name, ok) for ok in ALLOWED_MODELS)
    ]
    database = [name for name in names if name.endswith(".db") and module != "cli/__init__.py"]
    calls = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    assert tables == []
    assert database == []
    assert calls & {"commit", "rollback", "flush", "session"} <= {"session"}


@pytest.mark.parametrize("module", [module for module in MODULES if module != "services/transaction.py"])
def test_only_the_write_transaction_commits(module):
    calls = {node.attr for node in ast.walk(ast.parse((ROOT / module).read_text())) if isinstance(node, ast.Attribute)}

    assert "commit" not in calls


def test_nothing_but_the_factory_knows_a_door():
    outside = [module for module in MODULES if part_of(module) not in {"web", "api", "compatible", "cli"}]
    knowing = {
        m for m in outside if any(under(n, door) for n in names_imported((ROOT / m).read_text()) for door in DOORS)
    }

    assert knowing <= {"__init__.py", "handlers.py", "shell.py"}


def test_importing_the_app_brings_in_neither_the_migrations_nor_a_providers_package():
    import subprocess
    import sys

    heavy = "alembic, openai, latex2mathml, psycopg, redis, prometheus_client"
    code = f"import sys, webapp.web, webapp.api, webapp.compatible, webapp.services.agent; print({{*{heavy.split(', ')}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)

    assert done.stdout.strip() == "set()"
