"""`Idempotency-Key`: the same request sent again gets the same answer and makes nothing new."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, request

from webapp.http.authentication import current_user
from webapp.services.idempotency import Reservation, StoredAnswer, release_key, reserve_key
from webapp.services.live.values import TurnKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.api.kit.answer import Answer
    from webapp.services.values import Seal

ResultT = TypeVar("ResultT")

HEADER = "Idempotency-Key"


class Sealing:
    """Given to a view as `seal`: turns how it presents a result into what a service calls before its commit."""

    def __init__(self, reservation: Reservation | None) -> None:
        self._reservation = reservation

    def __call__(self, present: Callable[[ResultT], Answer]) -> Seal[ResultT] | None:
        """Return the seal that keeps the presented answer under the key, None where no key was sent."""
        reservation = self._reservation
        if reservation is None:
            return None

        def seal(result: ResultT) -> None:
            answer = present(result)
            reservation.keep(StoredAnswer(answer.status, answer.headers.get("Location"), answer.body))

        return seal


def run_once(view: Callable[..., Answer | Response], parts: dict[str, Any]) -> Answer | Response:
    """Call the view with a `seal`, or replay the answer its key already has."""
    key = request.headers.get(HEADER)
    if key is None:
        return view(**parts, seal=Sealing(None))
    reservation = reserve_key(current_user(), key, _fingerprint())
    if isinstance(reservation, StoredAnswer):
        return replay(reservation)
    try:
        return view(**parts, seal=Sealing(reservation))
    except BaseException:
        release_key(reservation)
        raise


def turn_key(form: str) -> TurnKey | None:
    """Return the request's key for a live turn whose answer is kept in this form, None where no key was sent."""
    name = request.headers.get(HEADER)
    return None if name is None else TurnKey(name, _fingerprint(), form)


def _fingerprint() -> str:
    whole = b"\0".join((request.method.encode(), request.full_path.encode(), request.get_data()))
    return hashlib.sha256(whole).hexdigest()


def replay(stored: StoredAnswer) -> Response:
    """Answer as the first request with the key was answered."""
    response = Response(stored.body, stored.status, content_type="application/json")
    response.headers["Idempotency-Replayed"] = "true"
    if stored.location:
        response.headers["Location"] = stored.location
    return response
