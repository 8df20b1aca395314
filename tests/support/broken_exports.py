"""Real exports with random damage: values of other types, lost keys, repeated parts, bytes that were cut or changed."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.support.exports import EXPORTS, read_exports
from webapp.importers.errors import UnreadableUpload

if TYPE_CHECKING:
    from pathlib import Path

ODD_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([1e400, float("nan"), 10**400, -1, 1e308, "", "0", "\ud800", "x\0", "true", "\u202e"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


@st.composite
def broken(draw: st.DrawFn, name: str) -> bytes:
    """Return the bytes of a damaged copy of a JSON or JSONL file of `tests/exports/`."""
    data = (EXPORTS / name).read_bytes()
    is_lines = name.endswith(".jsonl")
    value: Any = _lines(data) if is_lines else json.loads(data)
    for _ in range(draw(st.integers(1, 6))):
        value = _damaged(draw, value)
    is_list = is_lines and isinstance(value, list)
    text = "\n".join(map(json.dumps, value)) if is_list else json.dumps(value)
    return draw(cut(text.encode()))


def cut(data: bytes) -> st.SearchStrategy[bytes]:
    """Return the bytes as they are, or cut off, or with some of them replaced."""
    places = st.integers(0, max(len(data) - 1, 0))
    replaced = st.tuples(places, st.binary(min_size=1, max_size=4))
    return (
        st.just(data)
        | st.builds(lambda at: data[:at], places)
        | replaced.map(lambda change: data[: change[0]] + change[1] + data[change[0] + len(change[1]) :])
    )


def finishes(path: Path, format_name: str | None = None) -> None:
    """Read an upload to its end. It gives records, or a sentence."""
    try:
        upload = read_exports(path, format_name=format_name)
    except UnreadableUpload:
        return
    for conversation in upload.conversations:
        assert conversation.messages
        tags = "".join(conversation.tags)
        for text in (conversation.place, conversation.title, tags, conversation.external_id, conversation.model):
            assert "\0" not in (text or "").encode().decode()
        for message in conversation.messages:
            assert message.content or message.files
            for text in (message.content, message.reasoning, message.external_id, message.model):
                assert "\0" not in (text or "").encode().decode()
            for file in message.files:
                with file.open() as stream:
                    assert stream.read(1) or file.size == 0


def _lines(data: bytes) -> list[Any]:
    found = []
    for line in data.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append("torn")
    return found


def _damaged(draw: st.DrawFn, value: Any) -> Any:
    paths = list(_paths(value, ()))
    path = draw(st.sampled_from(paths))
    if not path:
        return value
    value = copy.deepcopy(value)
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    change = draw(st.sampled_from(["replace", "replace", "drop", "repeat"]))
    if change == "replace":
        holder[path[-1]] = draw(ODD_VALUES)
    elif change == "drop":
        del holder[path[-1]]
    elif isinstance(holder, list):
        holder.insert(draw(st.integers(0, len(holder))), copy.deepcopy(holder[path[-1]]))
    else:
        holder[draw(st.sampled_from(sorted(holder)))] = copy.deepcopy(holder[path[-1]])
    return value


def _paths(value: Any, path: tuple[Any, ...]) -> Any:
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _paths(inner, (*path, step))
