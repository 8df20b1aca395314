"""Random secrets: shown once, then recognized by their hash."""

from __future__ import annotations

import hashlib
import secrets


def make_secret() -> str:
    """Return 256 random bits as text that is safe in a cookie, a header and a URL."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return the stored hash of a secret. A fast hash is enough for 256 random bits, and it can be indexed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
