"""The menu of assistants, in groups by connection."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, cast

from flask import request

from webapp.http.authentication import current_user
from webapp.services.assistants.last_used import Menu, menu_of

if TYPE_CHECKING:
    from webapp.services.assistants.values import Choice

#: Entries of a menu. Administrators hide unused models of longer lists; the API lists all models.
MOST_SHOWN = 300
_KEY = "minutebook.menu"


class MenuGroup(NamedTuple):
    """Choices of one connection, or without a name those of the app itself."""

    name: str
    choices: list[Choice]


def menu() -> Menu:
    """Return the user's menu. It is read once in a request."""
    if _KEY not in request.environ:
        request.environ[_KEY] = menu_of(current_user())
    return cast("Menu", request.environ[_KEY])


def menu_groups(chosen: str | None) -> list[MenuGroup]:
    """Return the menu in groups, the archivist last.

    Of a long menu each connection has the beginning of its list, and the chosen entry.
    """
    whole = [(name, list(choices)) for name, choices in groupby(menu().choices, lambda each: each.connection or "")]
    shares = fair_shares([len(choices) for _, choices in whole], MOST_SHOWN)
    return [
        MenuGroup(name, [*choices[:share], *(each for each in choices[share:] if each.key == chosen)])
        for (name, choices), share in zip(whole, shares, strict=True)
    ]


def fair_shares(sizes: list[int], total: int) -> list[int]:
    """Divide `total` among groups: the small ones are whole, and the large ones share the rest alike."""
    shares = [0] * len(sizes)
    for place, (size, group) in enumerate(sorted((size, group) for group, size in enumerate(sizes))):
        shares[group] = min(size, total // (len(sizes) - place))
        total -= shares[group]
    return shares
