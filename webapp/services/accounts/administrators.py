"""The administrators, for those who have to ask one."""

from __future__ import annotations

from webapp.services.accounts.accounts import administrators

#: Names in a sentence.
_MOST = 3


def whom_to_ask() -> str:
    """Return the names of administrators for a sentence: “alice or carol”."""
    names = administrators()[:_MOST]
    return " or ".join(names) if names else "the operator of this server"
