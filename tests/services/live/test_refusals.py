"""What a provider said when it refused stays with the failed turn, until the turn is retried or discarded."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, ended
from tests.support.scripted_assistants import ask, fail, offer, run, wait
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import ProviderRefusal, Text
from webapp.errors import ProviderFailed
from webapp.services.live import begin_unstored, failure_of, get_live_turn, outcome_of
from webapp.services.live.values import Failed

REFUSAL = ProviderRefusal(429, "insufficient_quota", "Quota exceeded 🎉", 20.5)


def test_a_refusal_is_kept_with_the_failed_turn(user):
    session = chat(user, "One")
    offer(Text("Gre"), AssistantFailed("It refused.", REFUSAL))
    live = ask(user, "Two", session.id)

    expected = Failed("provider-failed", "It refused.", REFUSAL)
    assert ended(user, live) == outcome_of(user, live) == expected
    assert failure_of(get_live_turn(user, session.id)) == expected

    assert fail(user, None, session.id).refusal is None
    assert get_live_turn(user, session.id).refusal is None


@pytest.mark.parametrize("stored", [True, False])
def test_a_door_that_waits_gets_the_refusal(user, stored):
    offer(AssistantFailed("It refused.", REFUSAL))

    with pytest.raises(ProviderFailed) as failed:
        if stored:
            run(user, "One", assistant="scripted")
        else:
            begun = begin_unstored(user, [], "One", assistant="scripted")
            wait(user, begun.live, begun.draft)

    assert failed.value.refusal == REFUSAL
