"""Secrets that are made here, given away once, and known again by their hash."""

from __future__ import annotations

import hashlib
import secrets


def make_secret() -> str:
    """Make a secret of 256 bits, as text that stands in a cookie, a header or an address."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret: nobody guesses 256 bits, so a fast hash is enough, and it can be looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
