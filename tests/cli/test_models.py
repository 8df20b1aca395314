"""`minutebook models …`."""

from __future__ import annotations

import json

import pytest

from tests.support.commands import refused, run_command
from tests.support.model_servers import serving

pytestmark = pytest.mark.one_database(
    "The services are tried on both databases; here it is about what a command reads and says."
)
SECRET = "sk-secret-of-grout"


@pytest.fixture
def run(app):
    return lambda *arguments, **options: run_command(app, "models", *arguments, **options)


@pytest.fixture
def server():
    with serving("small", "large") as running_server:
        yield running_server


def test_a_connection_is_added_listed_tested_and_removed(run, server):
    code, said = run("add", "Grout", server.url, input=f"{SECRET}\n")
    assert (code, said) == (0, "Added Grout (grout).\nIt answers and has 2 models.\n")
    assert server.keys[0] == f"Bearer {SECRET}"
    code, said = run("list", "--models")
    assert said.startswith(f"grout  {server.url}  key stored, 2 of 2 models shown, answers, tested 20")
    assert "  grout:small\n" in said
    assert json.loads(run("list", "--json")[1])["slug"] == "grout"
    code, said = run("test", "Grout")
    assert code == 0
    assert "small said: 'Hello!' after" in said
    assert said.endswith("It answers.\n")
    assert SECRET not in said + run("list", "--json")[1]
    assert run("remove", "grout", "--yes")[0] == 0
    assert run("list") == (0, "")


def test_the_key_may_come_from_a_variable_or_not_at_all(run, server, monkeypatch):
    monkeypatch.setenv("GROUT_KEY", "sk-of-the-variable")
    assert run("add", "One", server.url, "--key-env", "GROUT_KEY")[0] == 0
    assert server.keys[-1] == "Bearer sk-of-the-variable"
    assert run("add", "Two", server.url, "--no-key", "--header", "X-A: b")[0] == 0
    assert server.keys[-1] is None
    assert server.headers[-1]["x-a"] == "b"
    refused(run("add", "Three", server.url, "--key-env", "NOT_SET"), "NOT_SET is not set", code=2)


def test_what_does_not_answer_is_stored_and_told(run, server):
    server.status, server.words = 401, "No such user."
    refused(run("add", "Grout", server.url, input=f"{SECRET}\n"), "It is stored, but does not answer.")
    refused(run("test", "grout"), "401")
    assert "does not answer, tested" in run("list")[1]


def test_wrong_arguments_are_told_in_a_sentence(run):
    refused(run("add", "Grout", "localhost", "--no-key"), "must begin with http://")
    refused(run("add", "Grout", "http://127.0.0.1:9", input="two words\n"), "The key has a line break, a space")
    refused(run("add", "--no-key"), "Give a NAME and an ADDRESS", code=2)
    refused(run("test", "nobody"), "There is no connection 'nobody'.")
    refused(run("remove", "nobody"), "There is no connection 'nobody'.")
