"""The protocol's own conformance suite against the running server. What it cannot pass is named, with reasons."""

import subprocess
from pathlib import Path

import pytest

from tests.mcp.programs import conformance_suite
from tests.mcp.proxy import with_token
from tests.support.accounts import TOKEN
from tests.support.server import running_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.one_database("The suite is about messages, and other tests are about what they say."),
]


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
def test_the_server_passes_what_it_can_of_a_revision(database_url, tmp_path, revision):
    command = conformance_suite()
    baseline = Path(__file__).with_name("expected_failures.yaml")
    with running_server(database_url, tmp_path) as address, with_token(address, TOKEN) as proxy:
        run = [
            *command,
            "server",
            "--url",
            f"{proxy}/mcp",
            "--requirements",
            revision,
            "--expected-failures",
            str(baseline),
        ]
        done = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    summary = done.stdout.partition("=== SUMMARY ===")[2]
    assert done.returncode == 0, summary or done.stderr
    assert "✓ tools-list" in summary
    assert "✓ dns-rebinding-protection" in summary
