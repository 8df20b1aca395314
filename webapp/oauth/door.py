"""Two groups of addresses. Programs call them without a cookie, so pages of allowed origins may, too."""

from __future__ import annotations

from webapp.http.audience import Audience
from webapp.http.doors import Door
from webapp.oauth import discovery, errors, registrations, tokens
from webapp.urls import OAUTH as OAUTH_PREFIX
from webapp.urls import WELL_KNOWN as WELL_KNOWN_PREFIX

OAUTH = Door(
    prefix=OAUTH_PREFIX, audience=Audience.TOKEN, errors=errors, blueprints=(tokens.pages, registrations.pages)
)
WELL_KNOWN = Door(prefix=WELL_KNOWN_PREFIX, audience=Audience.TOKEN, errors=errors, blueprints=(discovery.pages,))
