"""No damage to the sessions of coding agents raises anything but a sentence."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.broken_exports import broken, cut, finishes
from tests.support.exports import EXPORTS

FORMATS = {
    "claude-code": "claude-code",
    "codex": "codex",
    "gemini-cli": "gemini-cli",
    "copilot/vscode": "vscode-copilot",
    "copilot/deja-vu": "copilot-cli",
    "cursor": "cursor",
}
SAMPLES = [
    (str(path.relative_to(EXPORTS)), format_name)
    for start, format_name in FORMATS.items()
    for path in sorted(EXPORTS.rglob("*"))
    if str(path.relative_to(EXPORTS)).startswith(start) and path.is_file() and path.stat().st_size < 30_000
]


@pytest.mark.parametrize("format_name", sorted(set(FORMATS.values())))
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_session_gives_records_or_a_sentence(tmp_path_factory, format_name, data):
    names = st.sampled_from([name for name, owner in SAMPLES if owner == format_name])
    folder = tmp_path_factory.mktemp("damaged")
    for number, name in enumerate(data.draw(st.lists(names, min_size=1, max_size=3))):
        (folder / f"{number}-{name.rpartition('/')[2]}").write_bytes(data.draw(broken(name)))

    finishes(folder)
    finishes(folder, format_name)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_database_gives_records_or_a_sentence(tmp_path_factory, data):
    original = (EXPORTS / "llm/logs-mixed-0.27-0.36.db").read_bytes()
    path = tmp_path_factory.mktemp("damaged") / "logs.db"
    damaged = data.draw(cut(original))
    for _ in range(data.draw(st.integers(0, 5))):
        damaged = data.draw(cut(damaged))
    path.write_bytes(damaged)

    finishes(path)
    finishes(path, "llm")
