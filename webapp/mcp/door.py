from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.http.audience import Audience
from webapp.http.doors import Door
from webapp.mcp import endpoint, errors, forms
from webapp.urls import MCP as PREFIX

if TYPE_CHECKING:
    from flask import Flask


def _init(app: Flask) -> None:
    forms.init_forms(app)


MCP = Door(
    prefix=PREFIX,
    audience=Audience.TOKEN,
    errors=errors,
    blueprints=(endpoint.pages,),
    init=_init,
)
