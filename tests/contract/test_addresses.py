"""Addresses are written with `url_for`, or come from webapp/urls.py: Minutebook runs below any path."""

import ast
import re

import pytest

from tests.support.imports import MODULES, ROOT
from webapp import create_app
from webapp.config.settings import Settings

TEMPLATES = sorted((ROOT.parent / "templates").rglob("*.html"))
#: Calls that declare where something is served, not where it is found.
_DECLARES = {"get", "post", "route", "Blueprint", "add_url_rule"}
_BY_HAND = re.compile(
    r'(?:href|src|action|formaction|hx-[\w:-]+)="/|["\'`]/(?:sessions|account|api|v1|sign|search|static)\b'
)


@pytest.fixture(scope="module")
def first_parts(tmp_path_factory):
    """The names that the app's paths begin with."""
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), database_url="sqlite:////nonexistent/x.db"))
    return {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT.parent)))
def test_a_template_has_no_address_by_hand_and_no_long_line(template):
    text = template.read_text()

    assert _BY_HAND.findall(text) == []
    assert [line for line in text.splitlines() if len(line) > 120] == []
    assert "request." not in text


@pytest.mark.parametrize("script", sorted((ROOT.parent / "static" / "js").glob("*.js")), ids=lambda path: path.name)
def test_a_script_has_no_address_by_hand(script):
    assert _BY_HAND.findall(script.read_text()) == []


#: The archivist's sentences are stored, so their links are paths of the app's own. They are prefixed when they are sent.
_DECLARING = {"webapp.urls", "webapp.agent.sentences"}


@pytest.mark.parametrize("module", [module for module in MODULES if module not in _DECLARING])
def test_a_module_has_no_address_by_hand(module, first_parts):
    tree = ast.parse(MODULES[module].read_text())
    declared = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in _DECLARES
        for part in ast.walk(call)
    }
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in declared | docs
    ]

    assert [
        text for text in texts if re.match(r"/([\w-]+)", text) and text.split("/")[1].split("?")[0] in first_parts
    ] == []
