from types import SimpleNamespace

import pytest

#: At the beginning of a quarter of an hour and of a minute: the limiter counts in such.
NOON = 1_800_000_000 // 900 * 900 + 1


@pytest.fixture
def clock(monkeypatch):
    """The limiter's clock, which stands still until a test moves it."""
    now = SimpleNamespace(seconds=NOON)
    watch = SimpleNamespace(time=lambda: now.seconds)
    for module in ("limits.storage.memory", "limits.strategies", "webapp.http.rate_limits"):
        monkeypatch.setattr(f"{module}.time", watch)
    return now
