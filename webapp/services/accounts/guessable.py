"""Passwords that attackers try first: common ones, and those made of a known name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from webapp.services.accounts.common_passwords import COMMON_PASSWORDS

_LIST = Path(__file__).with_name("common_passwords.txt")
#: A name of this length is searched for anywhere in the password. A shorter one is part of many words, so the rest of
#: the password must then be long enough by itself.
_NAME_ANYWHERE = 4
_REST = 10
_BETWEEN_LETTERS = re.compile(r"[^\w\s]|[\d_]")


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords that are refused for every account, folded for comparison."""
    return COMMON_PASSWORDS.union(_LIST.read_text(encoding="utf-8").splitlines())


def is_common(password: str) -> bool:
    """Return whether a folded password is common or repeats one or two characters."""
    return password.strip() in common_passwords() or len(set(password)) < 3


def is_made_of(password: str, name: str) -> bool:
    """Return whether a password contains the name, forwards or backwards, also with digits or signs between."""
    return _contains(password, name) or _contains(_letters(password), _letters(name))


def _contains(password: str, name: str) -> bool:
    for word in (name, name[::-1]):
        if not word or word not in password:
            continue
        if len(word) >= _NAME_ANYWHERE or len(_letters(password.replace(word, "")).strip()) < _REST:
            return True
    return False


def _letters(text: str) -> str:
    return _BETWEEN_LETTERS.sub("", text)
