"""What is compiled once per process: every test makes an app of its own, and all have the same routes and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask
from jinja2 import BytecodeCache
from werkzeug.routing import Rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    import pytest
    from jinja2.bccache import Bucket


class CodeCache(BytecodeCache):
    """Compiled templates by name and checksum of the source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let apps share compiled templates and URL builders, which are two thirds of what making an app costs."""
    patch.setattr(Flask, "jinja_options", {"bytecode_cache": CodeCache()})
    patch.setattr(Rule, "_compile_builder", _share(Rule._compile_builder))


def _share(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    builders: dict[object, Any] = {}

    def find(rule: Rule, append_unknown: bool = True) -> Any:
        # A builder is a plain function of these, bound to its rule only afterwards.
        key = (rule.rule, tuple(rule._trace), tuple((rule.defaults or {}).items()), append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    return find
