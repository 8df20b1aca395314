"""Addresses are written with `url_for`, or come from webapp/urls.py: Minutebook runs below any path."""

import ast
import re

import pytest

from tests.support.imports import MODULES, ROOT
from webapp import create_app
from webapp.config.settings import Settings

TEMPLATES = sorted((ROOT.parent / "templates").rglob("*.html"))
#: Calls that declare where something is served, not where it is found.
_DECLARES = {"get", "post", "route", "asks", "Blueprint", "add_url_rule"}
_BY_HAND = re.compile(
    r'(?:href|src|action|formaction|hx-[\w:-]+)="/|["\'`]/(?:sessions|account|api|v1|sign|search|static)\b'
)


@pytest.fixture(scope="module")
def first_parts(tmp_path_factory):
    """The names that the app's paths begin with."""
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), database_url="sqlite:////nonexistent/x.db"))
    return {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}


def test_a_template_has_no_address_by_hand_and_no_long_line():
    texts = {str(path.relative_to(ROOT.parent)): path.read_text() for path in TEMPLATES}

    assert len(texts) > 50
    assert {name: found for name, text in texts.items() if (found := _BY_HAND.findall(text))} == {}
    assert [(name, line) for name, text in texts.items() for line in text.splitlines() if len(line) > 120] == []
    assert [name for name, text in texts.items() if "request." in text] == []


def test_a_script_has_no_address_by_hand():
    texts = {path.name: path.read_text() for path in (ROOT.parent / "static" / "js").glob("*.js")}

    assert len(texts) > 10
    assert {name: found for name, text in texts.items() if (found := _BY_HAND.findall(text))} == {}


#: The archivist's sentences are stored, so their links are paths of the app's own. They are prefixed when they are sent.
_DECLARING = {"webapp.urls", "webapp.agent.sentences"}


def test_a_module_has_no_address_by_hand(first_parts):
    def is_address(text):
        return re.match(r"/([\w-]+)", text) and text.split("/")[1].split("?")[0] in first_parts

    found = {module: [text for text in _texts(path) if is_address(text)] for module, path in MODULES.items()}

    assert {module for module, texts in found.items() if texts} == _DECLARING


def _texts(path):
    """Return the texts of a module, without its docstrings and without what declares where something is served."""
    tree = ast.parse(path.read_text())
    declared = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in _DECLARES
        for part in ast.walk(call)
    }
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in declared | docs
    ]
