"""Keys for one purpose each, derived from the application's secret key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.config.secret_key import secret_key

if TYPE_CHECKING:
    from webapp.config.settings import Settings


def derive_key(settings: Settings, purpose: bytes) -> bytes:
    """Return 32 bytes for a purpose (HKDF with SHA-256, RFC 5869). Raises ConfigError like `secret_key`."""
    # The import takes 20 milliseconds, and most processes of a book without models never need it.
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key(settings))
