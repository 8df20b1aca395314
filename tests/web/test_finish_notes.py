"""Why an answer is incomplete, in words and not in names of an API."""

from __future__ import annotations

import pytest

from webapp.web.sentences import finish_note


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        (None, ""),
        ("stop", ""),
        ("end_turn", ""),
        ("stopped", "You stopped this"),
        ("length", "Cut off at the model's limit"),
        ("content_filter", "Cut off by the provider's filter"),
        ("tool_calls", "Ended early: the model wanted to call a tool, which Minutebook does not offer"),
        ("function_call", "Ended early: the model wanted to call a tool, which Minutebook does not offer"),
        ("insufficient_system_resource", "Ended early: insufficient system resource"),
    ],
)
def test_a_finish_reason_is_told_in_plain_words(reason, note):
    assert finish_note(reason) == note
