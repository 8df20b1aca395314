"""Encryption of the keys and headers of connections."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from webapp.config.purpose_keys import derive_key

if TYPE_CHECKING:
    from webapp.config.settings import Settings

_PURPOSE = b"minutebook connection keys"
#: The form of a sealed text: AES-256-GCM, nonce (12 bytes) and ciphertext in base64url.
_FORM = "a1."
_NONCE = 12


class CannotOpen(Exception):
    """A sealed text was not sealed with this secret key, or not for this place."""


class Vault:
    """Seals texts with a key that is derived from the secret key.

    The place, such as a row and a column, is authenticated: a sealed text that is moved cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key: bytes | None = None

    def seal(self, text: str, place: str) -> str:
        """Return the text in encrypted form. Each call returns another one."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._derived()).encrypt(nonce, text.encode(), place.encode())
        return _FORM + urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, place: str) -> str:
        """Return the text of `seal`. Raises CannotOpen."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            if not sealed.startswith(_FORM):
                raise CannotOpen
            raw = urlsafe_b64decode(sealed.removeprefix(_FORM))
            return AESGCM(self._derived()).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen from None

    def _derived(self) -> bytes:
        if self._key is None:
            self._key = derive_key(self._settings, _PURPOSE)
        return self._key
