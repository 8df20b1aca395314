"""Passwords: which are taken, how they are kept, and how one is compared.

Kept as argon2id (RFC 9106) with the second of the settings that OWASP's Password Storage Cheat Sheet holds to be
equally strong: 19 MiB, two passes, one lane.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.errors import Invalid
from webapp.services.accounts.guessable import is_common, is_made_of
from webapp.services.accounts.hashing import HashingPool

SHORTEST = 10
LONGEST = 200
_PRODUCT = "minutebook"

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check_password(password: str, name: str) -> str:
    """Return the password in the form that is kept. Raises Invalid if it would be guessed.

    It is measured after NFKC, so that one that is typed on another keyboard is the same (RFC 8265, section 4.2).
    """
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise _refusal("too-short", f"The password is too short. It needs {SHORTEST} characters at least.")
    if len(normal) > LONGEST:
        raise _refusal("too-long", f"The password is too long. {LONGEST} characters are the most.")
    if "\0" in normal:
        raise _refusal("nul", "The password contains a NUL character.")
    if any("\ud800" <= character <= "\udfff" for character in normal):
        raise _refusal("surrogate", "The password contains half a character, which no page can send. Choose another.")
    folded = _normal(normal.casefold())
    if is_made_of(folded, _normal(_normal(name).casefold())):
        raise _refusal("own-name", "The password contains the account's own name. Choose another one.")
    if is_made_of(folded, _PRODUCT):
        raise _refusal("product-name", "The password contains the name of this program. Choose another one.")
    if is_common(folded):
        raise _refusal("common", "This password is too common. Choose another one.")
    return normal


def hash_password(password: str) -> str:
    """Return what is kept of a password that was checked, now or when it was chosen. Raises Busy."""
    given = _bytes(_normal(password))
    return _pool().run(lambda: _hasher.hash(given))


def is_password(kept: str | None, password: str) -> bool:
    """Say whether it is the password of which `kept` is kept.

    It is compared after NFKC, as passwords are kept. One that was kept as it was typed is still recognized. Without
    `kept` there is nothing to compare; that takes just as long, so that nobody learns which names there are.
    Raises Busy.
    """
    typed = password[: 4 * LONGEST]
    # A dict keeps the order: the form that is kept today is compared first.
    forms = dict.fromkeys((_bytes(_normal(typed)), _bytes(typed)))
    return _pool().run(lambda: any(_verify(kept, form) for form in forms))


def is_outdated(kept: str) -> bool:
    """Say whether it was kept with other settings than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _pool() -> HashingPool:
    return HashingPool()


def _verify(kept: str | None, given: bytes) -> bool:
    try:
        return _hasher.verify(kept or _nobodys(), given) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _refusal(code: str, sentence: str) -> Invalid:
    return Invalid.field("password", code, sentence)
