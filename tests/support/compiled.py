"""What is compiled once per process: every test makes an app of its own, and all have the same routes, templates and statements."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Flask
from jinja2 import BytecodeCache
from werkzeug.routing import Map, Rule
from werkzeug.routing.matcher import StateMachineMatcher

from webapp.database.engine import db
from webapp.web import assets

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    import pytest
    from jinja2.bccache import Bucket
    from werkzeug.routing import RuleFactory


class CodeCache(BytecodeCache):
    """Compiled templates by name and checksum of the source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


class Statements(dict[tuple[Any, ...], Any]):
    """Compiled statements of all engines. SQLAlchemy's key begins with the engine's own dialect; here its name is enough."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_of_all_engines(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(_of_all_engines(key), compiled)


def _of_all_engines(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (dialect.name, *rest)


_statements = Statements()


def share_statements(app: Flask) -> None:
    """Let the app's engine take what the engines of other apps have compiled."""
    with app.app_context():
        db.engine.update_execution_options(compiled_cache=_statements)


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let apps share compiled templates and routes, which are most of what making an app costs."""
    patch.setattr(Flask, "jinja_options", {"bytecode_cache": CodeCache()})
    patch.setattr(Rule, "compile", _share(Rule.compile))
    _share_matchers(patch)
    patch.setattr(assets, "read_bundles", cache(assets.read_bundles))


def _share(compile_rule: Callable[[Rule], None]) -> Callable[[Rule], None]:
    compiled: dict[object, Rule] = {}

    def find(rule: Rule) -> None:
        key = (
            rule.rule, rule.host, rule.subdomain, rule.merge_slashes, rule.map.host_matching,
            tuple((rule.defaults or {}).items()), tuple(rule.map.converters.items()),
        )  # fmt: skip
        like = compiled.get(key)
        if like is None:
            compile_rule(rule)
            compiled[key] = rule
            return
        rule.arguments = set(like.arguments)
        rule._parts, rule._trace, rule._converters = like._parts, like._trace, like._converters
        # Builders are plain functions, bound to their rule only afterwards.
        rule._build = like._build.__func__.__get__(rule)
        rule._build_unknown = like._build_unknown.__func__.__get__(rule)

    return find


def _share_matchers(patch: pytest.MonkeyPatch) -> None:
    """Let apps with the same rules share what finds the rule of a path. It is built when the first path is looked for."""
    matchers: dict[object, StateMachineMatcher] = {}

    def add(routes: Map, factory: RuleFactory) -> None:
        added: list[Rule] = routes.__dict__.setdefault("_added", [])
        for rule in factory.get_rules(routes):
            rule.bind(routes)
            routes._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
            added.append(rule)
        routes._remap = True

    def update(routes: Map) -> None:
        if not routes._remap:
            return
        with routes._remap_lock:
            found = [rule for rule in routes.__dict__.get("_added", ()) if not rule.build_only]
            # Rules that are alike have the same list of parts.
            key = routes.merge_slashes, *(
                (id(rule._parts), rule.endpoint, frozenset(rule.methods or ()), rule.strict_slashes, rule.websocket,
                 rule.provide_automatic_options)  # type: ignore[attr-defined]
                for rule in found
            )  # fmt: skip
            if key not in matchers:
                matchers[key] = StateMachineMatcher(routes.merge_slashes)
                for rule in found:
                    matchers[key].add(rule)
                matchers[key].update()
            routes._matcher = matchers[key]
            for rules in routes._rules_by_endpoint.values():
                rules.sort(key=Rule.build_compare_key)
            routes._remap = False

    patch.setattr(Map, "add", add)
    patch.setattr(Map, "update", update)
