"""Schemathesis, all checks and phases, over the document the running server gives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import running_server

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path):
    # A short greatest length lets it try texts of that length and of one more, which 100,000 does not.
    with running_server(None, tmp_path, MINUTEBOOK_CHECK_RESPONSES="yes", MINUTEBOOK_MAX_CONTENT="5000") as url:
        done = subprocess.run(
            [
                SCHEMATHESIS,
                f"--config-file={HERE / 'schemathesis.toml'}",
                "run",
                f"{url}/api/v1/openapi.json",
                "--checks=all",
                "--phases=examples,coverage,fuzzing,stateful",
                "--max-examples=80",
                "--generation-deterministic",
                "--continue-on-failure",
                "--no-color",
            ],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "PYTHONPATH": str(HERE.parent.parent),
                "SCHEMATHESIS_HOOKS": "tests.contract.refusals",
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "API Operations:" in done.stdout
