"""Nothing is sent to an address that nobody configured: no redirect is followed, no proxy or password is picked up."""

from __future__ import annotations

import pytest

from tests.support.provider import HISTORY, chunk, endpoint, running, streams
from webapp.agent.endpoint import Endpoint
from webapp.agent.openai import OpenAIAssistant
from webapp.agent.protocol import AssistantFailed

ANSWER = streams(chunk("Hello"), chunk(finish="stop"), b"data: [DONE]\n\n")
STATUSES = [301, 302, 303, 307, 308]


def sends_on(location, status):
    """Answer with a redirect, a query and a password in its address."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.fixture
def elsewhere():
    """Another server, and all that reached it."""
    reached = []

    def note(handler):
        reached.append(handler.path)
        ANSWER(handler)

    with running(note) as provider:
        provider.reached = reached
        yield provider


def refusal(ask):
    with pytest.raises(AssistantFailed) as refused:
        ask()
    return str(refused.value)


@pytest.mark.parametrize("status", STATUSES)
def test_a_question_is_not_sent_on_to_another_server(elsewhere, status):
    location = f"{elsewhere.url.replace('//', '//user:secret@')}/chat/completions?key=secret"
    with running(sends_on(location, status)) as provider, endpoint(provider.url) as there:
        told = refusal(lambda: list(OpenAIAssistant(there, "m").reply(HISTORY, timeout=5)))
    assert len(provider.asked) == 1
    assert elsewhere.reached == elsewhere.asked == []
    assert f"redirects to {elsewhere.url}/chat/completions. Redirects" in told
    assert "secret" not in told


@pytest.mark.parametrize("status", STATUSES)
def test_neither_is_the_question_which_models_there_are(elsewhere, status):
    with running(sends_on(f"{elsewhere.url}/models", status)) as provider, endpoint(provider.url) as there:
        assert "redirects to" in refusal(lambda: there.models(5))
        assert "redirects to" in refusal(lambda: list(OpenAIAssistant(there).reply(HISTORY, timeout=5)))
    assert elsewhere.reached == []


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("/v2/chat/completions", "/v2/chat/completions"),
        ("chat", "/v1/chat/chat"),
        ("https://localhost:1/v1/chat/completions", "https://localhost:1/v1/chat/completions"),
        ("//127.0.0.1:1/a", "http://127.0.0.1:1/a"),
        ("http://[::1", "an address that cannot be read"),
        ("", "/v1/chat/completions"),
        ("file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_it_is_told_where_to_whether_near_or_far_or_nonsense(location, named):
    with running(sends_on(location, 307)) as provider, endpoint(provider.url) as there:
        told = refusal(lambda: list(OpenAIAssistant(there, "m").reply(HISTORY, timeout=5)))
    assert len(provider.asked) == 1
    assert named in told


@pytest.mark.parametrize(
    ("location", "advised"),
    [
        ("https://localhost:1/v2/models", "set OPENAI_BASE_URL to https://localhost:1/v2 ("),
        ("https://localhost:1/v2/models/?a=b", "set OPENAI_BASE_URL to https://localhost:1/v2 ("),
        ("https://localhost:1/v2/chat/completions", "set OPENAI_BASE_URL to https://localhost:1/v2 ("),
        ("https://localhost:1/v2", "set OPENAI_BASE_URL to it"),
        ("https://localhost:1/v2/supermodels", "set OPENAI_BASE_URL to it"),
    ],
)
def test_the_advised_address_is_one_that_can_be_set(location, advised):
    with running(sends_on(location, 307)) as provider, endpoint(provider.url) as there:
        assert advised in refusal(lambda: there.models(5))


def test_to_set_the_same_address_again_is_no_advice():
    with running(sends_on("/v1/models/", 307)) as provider, endpoint(provider.url) as there:
        assert refusal(lambda: there.models(5)).endswith("nothing was sent there.")


@pytest.mark.parametrize("host", ["a..b", "a" * 300 + ".com", "a" * 64])
def test_a_host_that_cannot_exist_is_told_in_a_sentence(host):
    with endpoint(f"http://{host}/v1") as there:
        told = refusal(lambda: there.models(5))
        assert told == refusal(lambda: list(OpenAIAssistant(there, "m").reply(HISTORY, timeout=5)))
    assert told == "The host name of the provider's address cannot exist. Check OPENAI_BASE_URL."


@pytest.fixture
def environment(elsewhere, monkeypatch, tmp_path):
    """An environment that names a proxy and a password for the provider's host."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelling in (name, name.lower()):
            monkeypatch.setenv(spelling, elsewhere.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


@pytest.mark.usefixtures("environment")
def test_neither_proxies_nor_passwords_of_the_environment_count(elsewhere):
    with running(ANSWER) as provider, endpoint(provider.url, "sk-1") as there:
        list(OpenAIAssistant(there, "m").reply(HISTORY, timeout=5))
    assert provider.keys == ["Bearer sk-1"]
    assert elsewhere.reached == []


def test_a_proxy_that_is_configured_is_asked(elsewhere):
    there = Endpoint("http://models.invalid/v1", "sk-1", elsewhere.url)
    list(OpenAIAssistant(there, "m").reply(HISTORY, timeout=5))
    there.client().close()
    assert elsewhere.reached == ["http://models.invalid/v1/chat/completions"]
