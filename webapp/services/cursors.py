"""Opaque keyset cursors: the position where a page ended, bound to its list."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from webapp.errors import BadRequest

_MAX_LENGTH = 400


def encode_cursor(kind: str, *position: Any) -> str:
    """Return a position in the list `kind` as URL-safe text."""
    raw = json.dumps([kind, *position], separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str, *types: type) -> list[Any]:
    """Return the position of a cursor. `types` are bool, int, str, datetime or UUID (returned as text).

    Raises BadRequest if the cursor is not of this list.
    """
    try:
        if len(cursor) > _MAX_LENGTH:
            raise ValueError
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found_kind, *position = json.loads(raw)
        if found_kind != kind or len(position) != len(types):
            raise ValueError
        return [_read(value, expected) for value, expected in zip(position, types, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise BadRequest(
            "The cursor does not belong to this list. Start again without a cursor, and follow `next`."
        ) from None


def _read(value: Any, expected: type) -> Any:
    if expected is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    if expected is UUID and isinstance(value, str):
        return str(UUID(value))
    if type(value) is not expected:
        raise ValueError
    if isinstance(value, int) and not 0 <= value < 2**63:
        raise ValueError
    return value
