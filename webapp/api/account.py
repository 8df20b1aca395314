"""The account a token acts for: it can be looked at. What opens it is changed on its page, where no token comes."""

from __future__ import annotations

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.schemas.account import AccountOut, EventList, EventsQuery
from webapp.database.types import instant_text
from webapp.http.authentication import current_user
from webapp.services.accounts.audit_log import list_events


@api.route("GET", "/account", responses={200: AccountOut}, problems=(422,))
def show() -> Answer:
    """Say whom the token acts for."""
    user = current_user()
    return Answer({"id": user.id, "name": user.name, "is_admin": user.is_admin})


@api.route("GET", "/account/events", query=EventsQuery, responses={200: EventList}, problems=(400, 422))
def events(query: EventsQuery) -> Answer:
    """List what was done with the account, newest first.

    Sign-ins, tokens and their use, chats deleted for good: when, by which way, and from where. It is kept for a year.
    """
    page = list_events(current_user(), limit=query.limit, cursor=query.cursor)
    data = [event._asdict() | {"at": instant_text(event.at)} for event in page.data]
    return Answer({"data": data, "next": page.next})
