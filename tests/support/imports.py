"""The import graph of the app: which room knows which, read from the source.

`python -m tests.support.imports` prints it with the lines of each room.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import webapp

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(webapp.__file__).parent
#: Every module of the app by its dotted name.
MODULES = {
    ".".join(("webapp", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


class Import(NamedTuple):
    """One name that a module imports, whole: `from flask import request` is `flask.request`."""

    importer: str
    name: str
    #: Whether only the type checker follows it.
    is_typing: bool


def room_of(name: str) -> str:
    """Return the folder of a module below `webapp`: `web`, `services/live`; a file at the top is a room by itself.

    Files directly in `services` are the room `services`, the ground on which the rooms inside it stand.
    """
    parts = name.split(".")[1:]
    if not parts or not ((ROOT / parts[0]).is_dir() or f"webapp.{parts[0]}" in MODULES):
        return "webapp"
    if parts[0] == "services" and len(parts) > 1 and (ROOT / "services" / parts[1]).is_dir():
        return f"services/{parts[1]}"
    return parts[0]


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """Return every name that a module imports, at its top or inside a function."""
    return tuple(imports_in(MODULES[module].read_text(encoding="utf-8"), module))


def imports_in(source: str, module: str) -> Iterator[Import]:
    """Yield every name that a module's source imports."""
    tree = ast.parse(source)
    typing = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(module, alias.name, node in typing) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports name the whole path"
            yield from (Import(module, f"{node.module}.{alias.name}", node in typing) for alias in node.names)


def rooms_imported(module: str) -> set[str]:
    """Return the other rooms of the app that a module imports from."""
    rooms = {room_of(found.name) for found in imports_of(module) if under(found.name, "webapp")}
    return rooms - {room_of(module)}


def under(name: str, parent: str) -> bool:
    """Say whether a dotted name is a package or something inside it."""
    return name == parent or name.startswith(f"{parent}.")


def _function_lines(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def main() -> None:
    """Print each room with its files, lines and the rooms that it imports."""
    lines: dict[str, list[int]] = defaultdict(list)
    functions: dict[str, list[int]] = defaultdict(list)
    arrows: dict[str, set[str]] = defaultdict(set)
    for name, path in MODULES.items():
        room = room_of(name)
        lines[room].append(path.read_text(encoding="utf-8").count("\n"))
        functions[room] += _function_lines(path)
        arrows[room] |= rooms_imported(name)
    print("room                   files  lines  file: median, largest  function: median, largest  imports")
    for room in sorted(lines):
        of = functions[room] or [0]
        print(
            f"{room:22} {len(lines[room]):5}  {sum(lines[room]):5}  {median(lines[room]):12.0f} {max(lines[room]):8}"
            f"  {median(of):16.0f} {max(of):8}  {', '.join(sorted(arrows[room]))}"
        )
    every_file = [count for counts in lines.values() for count in counts]
    every_function = [count for counts in functions.values() for count in counts]
    print(
        f"{len(lines)} rooms, {sum(map(len, arrows.values()))} arrows; {len(every_file)} files, {sum(every_file)} lines; "
        f"file {median(every_file):.0f} / {max(every_file)}, function {median(every_function):.0f} / {max(every_function)}"
    )


if __name__ == "__main__":
    main()
