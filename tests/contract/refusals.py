"""A check for Schemathesis: what fits the document is refused for few reasons, and each is told by its code."""

from __future__ import annotations

import schemathesis

#: Reasons that no schema can state.
REASONS = {
    "bad-request": "The cursor does not belong to this list",
    "precondition-failed": (
        "The chat was changed in the meantime",
        "These settings were changed in the meantime",
        "This tag was changed in the meantime",
    ),
    "idempotency-key-reused": "This Idempotency-Key was used for another request",
    "invalid": (
        "There is no such assistant",
        "The assistant of this chat, ",
        "The assistant of this answer, ",
        "Send either archived=only",
        "Send only one of after_idx",
        "This chat has no such message",
        "Only your own messages can be edited",
        "This chat has no message to answer",
        # The times of turns that a client carries: they never go back, and none is in the future.
        "Message ",
        "The last answer of this chat is complete",
        "The text of the last question was removed",
        # A schema does not tell visible characters from others.
        "The name of the tag ",
        "Name the tag to add or to remove",
        # A schema does not tell an empty file from others.
        "There is no file in this upload",
        # Connections: a schema counts characters, and does not tell visible ones or addresses from others.
        "The name is empty",
        "The name must have 1 to",
        "The address ",
        "Leave out the end of the address",
        "The key has a line break",
        "The name of a header",
        "The value of ",
        "The header ",
        "A header is given twice",
        "There are more than 20 headers",
        "A model's name ",
        # Searches: no schema tells time zones and dates, or how many bins a time has.
        "tz: There is no such time zone",
        "Write a date such as",
        "These are more than 1,000 bins",
    ),
}


@schemathesis.check
def fitting_requests_are_refused_for_known_reasons(ctx, response, case) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in {400, 412, 422}:
        return
    problem = response.json()
    assert problem["detail"].startswith(REASONS.get(problem["code"], ())), problem
