"""Column types with the same meaning on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, String, TypeDecorator, Uuid
from sqlalchemy.engine.processors import str_to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

#: A UUIDv7 in canonical text form: `uuid` on PostgreSQL, text on SQLite.
Id = Uuid(as_uuid=False).with_variant(String(36), "sqlite")


class Instant(TypeDecorator[datetime]):
    """A point in time: aware UTC in Python, `timestamptz` on PostgreSQL.

    On SQLite it is RFC 3339 text of fixed width (`2026-03-12T09:41:00.000000Z`), so that text order is time order.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return the stored form of an aware datetime."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return instant_text(value) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:  # noqa: ARG002
        """Turn text into aware UTC; what PostgreSQL's driver reads is that already (`engine`)."""
        return str_to_datetime if dialect.name == "sqlite" else None


def instant_text(value: datetime) -> str:
    """Return an aware UTC datetime as RFC 3339 with microseconds and `Z`, always 27 characters."""
    # `strftime` takes four times as long and does not fill up the year.
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
