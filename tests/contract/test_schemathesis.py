"""Schemathesis, all checks and phases, over the document the running server gives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.accounts import TOKEN, Client
from tests.support.doors import script
from tests.support.server import furnish, running_server
from webapp import create_app
from webapp.agent.protocol import AssistantFailed
from webapp.config.settings import Settings
from webapp.database.engine import db

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


#: No link leads to a live turn: an answer that was waited for has left none. So sessions that have one are told.
LIVE = """
[[operations]]
include-operation-id = ["live_show", "live_stop", "live_destroy", "live_keep_text", "retries_create", "continuations_create"]
parameters = {{ "path.session_id" = {{ dictionary = "unanswered", probability = 0.7 }} }}

[dictionaries.unanswered]
values = {ids}
"""


def unanswered(data_dir, count):
    """Leave questions that were not answered in the server's database, and return their sessions."""
    app = create_app(Settings(data_dir=data_dir, database_url=f"sqlite:///{data_dir}/minutebook.db"))
    script(app, *[("It was", AssistantFailed("The line broke."))] * count)
    body = {"content": "What was it?", "assistant": "scripted", "stream": True}
    app.test_client_class = Client
    client = app.test_client()
    streams = [client.post("/api/v1/chat", json=body).text for _ in range(count)]
    with app.app_context():
        db.engine.dispose()
    return [stream.partition('"session_id":"')[2][:36] for stream in streams]


@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path, sqlite_template):
    furnish(tmp_path, sqlite_template)
    # A short greatest length lets it try texts of that length and of one more, which 100,000 does not.
    with running_server(None, tmp_path, MINUTEBOOK_CHECK_RESPONSES="yes", MINUTEBOOK_MAX_CONTENT="5000") as url:
        config = tmp_path / "schemathesis.toml"
        config.write_text((HERE / "schemathesis.toml").read_text() + LIVE.format(ids=unanswered(tmp_path, 60)))
        done = subprocess.run(
            [
                SCHEMATHESIS,
                f"--config-file={config}",
                "run",
                f"{url}/api/v1/openapi.json",
                "--phases=examples,coverage,fuzzing,stateful",
                f"--header=Authorization: Bearer {TOKEN}",
                "--max-examples=20",
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
            timeout=900,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "API Operations:" in done.stdout
