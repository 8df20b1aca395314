"""The application's secret key and the setup code derived from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from webapp.config.settings import ConfigError
from webapp.config.validators import SHORTEST_SECRET

if TYPE_CHECKING:
    from webapp.config.settings import Settings

_FILE = "secret.key"


def secret_key(settings: Settings) -> bytes:
    """Return the secret key: the setting, or else a key that is generated once and stored in the data folder.

    Raises ConfigError if the file holds no usable key or cannot be created.
    """
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.data_dir / _FILE
    try:
        if not path.exists():
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(path.parent)
        key = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            f"MINUTEBOOK_SECRET_KEY: it is not set, and {path} cannot be used ({error.strerror})."
        ) from None
    if len(key) < SHORTEST_SECRET:
        raise ConfigError(f"MINUTEBOOK_SECRET_KEY: {path} holds fewer than {SHORTEST_SECRET} characters. Delete it.")
    return key


def setup_code(settings: Settings) -> str:
    """Return the code that creates the first account. It is the same in every process and at every start."""
    return hmac.new(secret_key(settings), b"minutebook setup", hashlib.sha256).hexdigest()[:32]


def _make(folder: os.PathLike[str]) -> None:
    """Write a new key file atomically. If several processes start at once, one file wins and all of them read it."""
    draft = os.path.join(folder, f".{_FILE}-{secrets.token_hex(8)}")  # noqa: PTH118
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # the umask may have removed bits
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        with suppress(FileExistsError):
            os.link(draft, os.path.join(folder, _FILE))  # noqa: PTH118
    finally:
        os.unlink(draft)  # noqa: PTH108
