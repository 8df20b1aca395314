"""What happened a short time ago is remembered, in bounds."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from webapp.services.transcripts import recent_keys
from webapp.services.transcripts.recent_keys import RecentKeys


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(recent_keys, "monotonic", lambda: now.seconds)
    return now


def test_a_key_is_remembered_for_so_long_and_no_longer(clock):
    seen = RecentKeys(seconds=60, most=10)
    seen.add("a")
    clock.seconds += 59
    assert "a" in seen
    clock.seconds += 2
    assert "a" not in seen


def test_a_key_that_comes_again_is_remembered_from_then_on(clock):
    seen = RecentKeys(seconds=60, most=2)
    seen.add("a")
    seen.add("b")
    clock.seconds += 50
    seen.add("a")
    seen.add("c")
    clock.seconds += 50

    assert [key in seen for key in "abc"] == [True, False, True]


def test_of_too_many_the_oldest_are_forgotten(clock):
    seen = RecentKeys(seconds=60, most=3)
    for number in range(5):
        seen.add(str(number))

    assert [str(number) in seen for number in range(5)] == [False, False, True, True, True]
