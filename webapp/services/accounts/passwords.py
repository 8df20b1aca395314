"""Password rules, hashing and comparison.

Hashes are argon2id (RFC 9106) with the second of the equivalent settings in OWASP's Password Storage Cheat Sheet: 19
MiB, two passes, one lane.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.errors import Invalid
from webapp.services.accounts.guessable import is_common, is_made_of
from webapp.services.accounts.hashing import HashingPool

MIN_LENGTH = 10
MAX_LENGTH = 200
_PRODUCT = "minutebook"

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check_password(password: str, name: str) -> str:
    """Return the password in the form that is hashed. Raises Invalid if it is easy to guess.

    The length is measured after NFKC, so that a password typed on another keyboard is the same (RFC 8265, section 4.2).
    """
    normal = _normal(password)
    if len(normal) < MIN_LENGTH:
        raise _refusal("too-short", f"The password is too short. Use at least {MIN_LENGTH} characters.")
    if len(normal) > MAX_LENGTH:
        raise _refusal("too-long", f"The password is too long. The limit is {MAX_LENGTH} characters.")
    if "\0" in normal:
        raise _refusal("nul", "The password contains a NUL character. Choose another one.")
    if any("\ud800" <= character <= "\udfff" for character in normal):
        raise _refusal(
            "surrogate", "The password contains an incomplete character (a lone surrogate). Choose another one."
        )
    folded = _normal(normal.casefold())
    if is_made_of(folded, _normal(_normal(name).casefold())):
        raise _refusal("own-name", "The password contains the account's own name. Choose another one.")
    if is_made_of(folded, _PRODUCT):
        raise _refusal("product-name", "The password contains the name of this program. Choose another one.")
    if is_common(folded):
        raise _refusal("common", "This password is too common. Choose another one.")
    return normal


def hash_password(password: str) -> str:
    """Return the hash of a password. Raises Busy."""
    password_bytes = _bytes(_normal(password))
    return _pool().run(lambda: _hasher.hash(password_bytes))


def is_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password matches the hash.

    The password is compared after NFKC, as new hashes are made. Older hashes of the text as it was typed still match.
    Without a hash the result is False after the same time, so that the time does not reveal which names exist. Raises
    Busy.
    """
    typed = password[: 4 * MAX_LENGTH]
    # The order matters: the form that new hashes use is compared first.
    forms = dict.fromkeys((_bytes(_normal(typed)), _bytes(typed)))
    return _pool().run(lambda: any(_verify(password_hash, form) for form in forms))


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _pool() -> HashingPool:
    return HashingPool()


def _verify(password_hash: str | None, password_bytes: bytes) -> bool:
    try:
        return _hasher.verify(password_hash or _dummy_hash(), password_bytes) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy_hash() -> str:
    return _hasher.hash("the password of nobody")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _refusal(code: str, sentence: str) -> Invalid:
    return Invalid.field("password", code, sentence)
