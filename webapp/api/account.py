"""The account of a token, read-only. Passwords and tokens are changed on the account page, which accepts no token."""

from __future__ import annotations

from webapp.api import api
from webapp.api.kit.answer import Answer
from webapp.api.schemas.account import AccountOut, EventList, EventsQuery
from webapp.database.types import instant_text
from webapp.http.absolute_links import mcp_address
from webapp.http.authentication import current_user
from webapp.services.accounts.audit_log import list_events
from webapp.services.files.usage import get_storage


@api.route("GET", "/account", responses={200: AccountOut}, problems=(422,))
def show() -> Answer:
    """Get the account of the token."""
    user = current_user()
    storage = get_storage(user)._asdict()
    account = {"id": user.id, "name": user.name, "is_admin": user.is_admin, "storage": storage}
    return Answer(account | {"mcp_url": mcp_address()})


@api.route("GET", "/account/events", query=EventsQuery, responses={200: EventList}, problems=(400, 422))
def events(query: EventsQuery) -> Answer:
    """List the audit log of the account, newest first.

    It has sign-ins, the creation and use of tokens, and permanent deletions, each with its time, client and address.
    Entries are stored for one year.
    """
    page = list_events(current_user(), limit=query.limit, cursor=query.cursor)
    data = [event._asdict() | {"at": instant_text(event.at)} for event in page.data]
    return Answer({"data": data, "next": page.next})
