"""The menu of assistants: what it has of long lists."""

from __future__ import annotations

import pytest

from webapp.web.menu import fair_shares


@pytest.mark.parametrize(
    ("sizes", "total", "shares"),
    [
        ([], 300, []),
        ([3, 20], 300, [3, 20]),
        ([10_000, 3], 300, [297, 3]),
        ([500, 2, 500, 1], 300, [148, 2, 149, 1]),
        ([5] * 10, 30, [3] * 10),
    ],
)
def test_small_connections_are_whole_and_large_ones_share_the_rest(sizes, total, shares):
    assert fair_shares(sizes, total) == shares
    assert sum(fair_shares(sizes, total)) == min(total, sum(sizes))
