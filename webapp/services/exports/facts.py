"""Rows as JSON and back: times as RFC 3339, bytes as hexadecimal text, everything else as it is."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import JSON, LargeBinary

from webapp.database.types import Instant, instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement, Row

    #: A row whose columns are known by name only.
    AnyRow: TypeAlias = Row[*tuple[Any, ...]]

# `json.dumps` makes an encoder for each call with options.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def read_instant(text: str) -> datetime:
    """Return an aware time. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


_WRITERS: tuple[tuple[type, Callable[[Any], Any]], ...] = ((Instant, instant_text), (LargeBinary, bytes.hex))
_READERS: tuple[tuple[type, Callable[[Any], Any]], ...] = ((Instant, read_instant), (LargeBinary, bytes.fromhex))


class Facts:
    """Turns rows with these columns into JSON objects and back."""

    def __init__(self, columns: Iterable[ColumnElement[Any]]) -> None:
        self.columns = tuple(columns)
        self._names = tuple(str(column.key) for column in self.columns)
        self._writers = _converters(self._names, self.columns, _WRITERS)
        self._readers = _converters(self._names, self.columns, _READERS)

    def as_dict(self, row: AnyRow) -> dict[str, Any]:
        """Return a row as an object of JSON values."""
        facts = dict(zip(self._names, row, strict=True))
        for name, write in self._writers:
            if facts[name] is not None:
                facts[name] = write(facts[name])
        return facts

    def as_line(self, row: AnyRow) -> bytes:
        """Return a row as a line of NDJSON."""
        return to_json(self.as_dict(row)) + b"\n"

    def read(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of the columns. Raises KeyError, TypeError or ValueError for an object of another form."""
        unknown = facts.keys() - set(self._names)
        if unknown:
            raise KeyError(min(unknown))
        values = {name: facts[name] if name in facts else _default(column) for name, column in self._named()}
        for name, read in self._readers:
            if values[name] is not None:
                values[name] = read(values[name])
        for name, column in self._named():
            _check(values[name], column)
        return values

    def _named(self) -> Iterable[tuple[str, ColumnElement[Any]]]:
        return zip(self._names, self.columns, strict=True)


def _check(value: Any, column: ColumnElement[Any]) -> None:
    """Raise TypeError or ValueError for a value that the column cannot have. SQLite would store it."""
    if value is None or isinstance(column.type, JSON):
        return
    kind: type = datetime if isinstance(column.type, Instant) else column.type.python_type
    allowed = (int, float) if kind is float else (kind,)
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{column.key} is of another type")
    if isinstance(value, str) and "\0" in value:
        raise ValueError(f"{column.key} has a NUL character")


def _default(column: Any) -> Any:
    """Return what a row has that was exported before there was this column. Raises KeyError."""
    if column.nullable:
        return None
    if column.default is None:
        raise KeyError(column.name)
    return column.default.arg


def to_json(value: Any) -> bytes:
    return _encode(value).encode()


def _converters(
    names: Iterable[str],
    columns: Iterable[ColumnElement[Any]],
    known: Iterable[tuple[type, Callable[[Any], Any]]],
) -> list[tuple[str, Callable[[Any], Any]]]:
    return [
        (name, convert)
        for name, column in zip(names, columns, strict=True)
        for kind, convert in known
        if isinstance(column.type, kind)
    ]
