"""Access to decoded JSON of which nothing is certain: a missing or wrong value is an empty one of the wanted type."""

from __future__ import annotations

from typing import Any

from webapp.importers.texts import clean


def mapping(value: Any, *path: str | int) -> dict[str, Any]:
    """Return the object at the path within the value, else an empty one."""
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def items(value: Any, *path: str | int) -> list[Any]:
    """Return the array at the path within the value, else an empty one."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def text(value: Any, *path: str | int) -> str:
    """Return the text at the path within the value in a storable form, else an empty one."""
    return clean(at(value, *path))


def name(value: Any, *path: str | int) -> str:
    """Return the id at the path: a text, or a whole number as text; else an empty text."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return clean(found).strip()


def at(value: Any, *path: str | int) -> Any:
    """Return the value at the path of keys and positions, or None."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if -len(value) <= step < len(value) else None
        else:
            return None
    return value
