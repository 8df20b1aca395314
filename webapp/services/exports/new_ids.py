"""New ids for the rows of an export whose own ids belong to another account here."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any
from uuid import UUID

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = 48


def derived_id(id_: str, owner_id: str) -> str:
    """Return the id that stands for this one in an account. It keeps its time, and is the same each time."""
    value = UUID(id_).int >> (128 - _TIME) << (128 - _TIME)
    random = int.from_bytes(blake2b(f"{owner_id} {id_}".encode(), digest_size=16).digest(), "big")
    value |= 0x7 << 76 | (random >> 52 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return str(UUID(int=value))


def with_derived_ids(value: Any, owner_id: str) -> Any:
    """Return a JSON value with every id in it replaced."""
    if isinstance(value, str):
        return derived_id(value, owner_id) if _ID.fullmatch(value) else value
    if isinstance(value, list):
        return [with_derived_ids(each, owner_id) for each in value]
    if isinstance(value, dict):
        return {name: with_derived_ids(each, owner_id) for name, each in value.items()}
    return value
