"""Requests and answers of the protocol, without Flask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.errors import AppError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.services.oauth.redirects import Target


#: All that requests may have. Others are ignored (RFC 6749, sections 3.1 and 3.2).
_NAMES = frozenset(
    """client_id client_secret code code_challenge code_challenge_method code_verifier grant_type redirect_uri
    refresh_token resource response_type scope state token token_type_hint""".split()
)


class Parameters(dict[str, str]):
    """The parameters of a request. `repeated` are the names that it has more than once."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        # Empty ones count as absent.
        known = [(name, value) for name, value in pairs if name in _NAMES and value]
        super().__init__(known)
        self.repeated = {name for name, count in Counter(name for name, _ in known).items() if count > 1}

    @property
    def is_plain(self) -> bool:
        """Whether all values are printable ASCII, as RFC 6749, appendix A, has them."""
        return all(value.isascii() and value.isprintable() for value in self.values())


@dataclass
class Reply:
    """An answer of the protocol: JSON, or a redirect to the client."""

    status: int
    body: dict[str, Any]
    location: str = ""


class Consent(NamedTuple):
    """What a client asks of the user. `is_writing_asked`: it would like to write as well.

    `publisher` is the host of the document that describes the client, empty if it registered itself.
    """

    client_name: str
    publisher: str
    target: Target
    redirect_uri: str
    resource: str
    is_writing_asked: bool


class Refusal(NamedTuple):
    """A request that the server refuses, in words for the client's developers, and the URL that tells the client.

    Nobody is sent there without a click: anybody can register a client, and the app must not lead people to any site
    (RFC 9700, section 4.11.2).
    """

    client_name: str
    description: str
    location: str


class WrongAuthorization(AppError):
    """An authorization request that no client can be told of: it names none, or not the client's redirect URI."""

    code = "wrong-authorization"
    title = "This app cannot be connected"
