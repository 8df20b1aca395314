"""The menu of assistants, in groups by connection."""

from __future__ import annotations

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
    """Return the menu in groups, the archivist last. Of a long menu it has the beginning and the chosen entry."""
    groups: list[MenuGroup] = []
    for number, choice in enumerate(menu().choices):
        if number >= MOST_SHOWN and choice.connection is not None and choice.key != chosen:
            continue
        name = choice.connection or ""
        if not groups or groups[-1].name != name:
            groups.append(MenuGroup(name, []))
        groups[-1].choices.append(choice)
    return groups
