"""The log of a session: an initial state, then values that are set, lists that grow, and what is deleted.

Lines are `{kind: 0, v}`, `{kind: 1, k: path, v}`, `{kind: 2, k: path, v: [items], i?: length to keep}` and
`{kind: 3, k: path}` (VS Code, `objectMutationLog.ts`).
"""

from __future__ import annotations

from typing import Any

_INITIAL, _SET, _PUSH, _DELETE = range(4)
#: Paths into a session are not deeper.
_DEEPEST = 50


def is_operation(value: Any) -> bool:
    if not isinstance(value, dict) or isinstance(value.get("kind"), bool):
        return False
    return (value.get("kind") == _INITIAL and isinstance(value.get("v"), dict)) or (
        value.get("kind") in (_SET, _PUSH, _DELETE) and isinstance(value.get("k"), list)
    )


class State:
    """A session after some operations."""

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}

    def apply(self, operation: Any) -> bool:
        """Apply an operation. Return False if it is none, or if its path leads nowhere."""
        if not is_operation(operation):
            return False
        if operation["kind"] == _INITIAL:
            self.value = operation["v"]
            return True
        path = operation["k"]
        if not 0 < len(path) <= _DEEPEST:
            return False
        parent: Any = self.value
        for step in path[:-1]:
            parent = _child(parent, step)
        return _change(parent, path[-1], operation)


def _child(parent: Any, step: Any) -> Any:
    if isinstance(parent, list):
        return parent[step] if _is_index(step) and step < len(parent) else None
    return parent.get(step) if isinstance(parent, dict) and isinstance(step, str) else None


def _is_index(step: Any) -> bool:
    return isinstance(step, int) and not isinstance(step, bool) and step >= 0


def _change(parent: Any, step: Any, operation: dict[str, Any]) -> bool:
    kind = operation["kind"]
    if kind == _PUSH:
        return _push(parent, step, operation)
    if isinstance(parent, dict) and isinstance(step, str):
        if kind == _SET:
            parent[step] = operation.get("v")
        else:
            parent.pop(step, None)
        return True
    if isinstance(parent, list) and _is_index(step) and step < len(parent):
        parent[step] = operation.get("v") if kind == _SET else None
        return True
    return False


def _push(parent: Any, step: Any, operation: dict[str, Any]) -> bool:
    target = _child(parent, step)
    if target is None and isinstance(parent, dict) and isinstance(step, str):
        target = parent[step] = []
    if not isinstance(target, list):
        return False
    keep = operation.get("i")
    if _is_index(keep):
        del target[keep:]
    added = operation.get("v")
    target.extend(added if isinstance(added, list) else [])
    return True
