"""The page on which a user lets an app connect."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from webapp.errors import OtherUser
from webapp.http.audience import Audience
from webapp.http.authentication import current_sign_in, current_user
from webapp.http.doors import Door
from webapp.http.guards import CONTENT_SECURITY_POLICY
from webapp.http.rate_limits import limit_calls_from_address
from webapp.http.url_prefix import prefixed
from webapp.services.oauth.authorization import allow, ask, refuse
from webapp.services.oauth.redirects import form_source
from webapp.services.oauth.values import Parameters, Refusal
from webapp.urls import AUTHORIZE, MCP
from webapp.web import errors
from webapp.web.responses import answer, see_other

pages = Blueprint("authorization", __name__)

AUTHORIZATION = Door(prefix=AUTHORIZE, audience=Audience.SIGNED_IN, errors=errors, blueprints=(pages,))


#: What an app may do, in the words of the page: always, and if that is ticked.
_RIGHTS = (
    "read and search all your chats, files and instructions, and see your activity",
    "add, change and delete chats, tags and instructions",
)
_RIGHTS_OF_MCP = ("read and search all your chats", "add messages and chats")


@pages.get("/authorize")
# It may read a document of the web.
@limit_calls_from_address(60, 1)
def show() -> Response:
    """Ask the user. The password must be fresh, as for a token; then the page comes back."""
    parameters = Parameters(request.args.items(multi=True))
    asked = ask(current_user(), parameters)
    if isinstance(asked, Refusal):
        return answer("authorization/refused.html", status=400, asked=asked)
    if not _is_fresh():
        return see_other(url_for("confirmation.show", next=request.full_path))
    reads, writes = _RIGHTS_OF_MCP if asked.resource == MCP else _RIGHTS
    response = answer(
        "authorization/show.html",
        asked=asked,
        user=current_user(),
        fields=list(parameters.items()),
        reads=reads,
        writes=writes,
    )
    # Browsers hold the redirect after a form to the page's policy, too.
    own, source = "form-action 'self'", form_source(asked.redirect_uri)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(own, f"{own} {source}")
    return response


@pages.post("/authorize")
def create() -> Response:
    """Take the user's answer to the client."""
    parameters = Parameters(request.form.items(multi=True))
    if request.form.get("user") != current_user().id:
        raise OtherUser("Another user is signed in now. Nothing was allowed. Connect the app again.")
    if "password" in request.form:
        # The form waited for a sign-in, whose page does not let the browser go on to the client.
        return see_other(prefixed(_page(parameters)))
    if request.form.get("answer") != "allow":
        return see_other(refuse(parameters))
    if not _is_fresh():
        return see_other(url_for("confirmation.show", next=_page(parameters)))
    return see_other(allow(current_user(), parameters, may_write=bool(request.form.get("may_write"))))


def _page(parameters: Parameters) -> str:
    """Return the address of the page for these parameters, as `next` has it."""
    return f"{AUTHORIZE}?{urlencode(parameters)}"


def _is_fresh() -> bool:
    signed_in = current_sign_in()
    return signed_in is not None and signed_in.is_fresh
