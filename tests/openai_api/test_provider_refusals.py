"""The door answers with the kind of refusal that the provider gave."""

import pytest

from tests.openai_api.asking import Gate, ask, error, events
from tests.support.doors import script
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import ProviderRefusal

pytestmark = pytest.mark.one_database(
    "Services test on both databases how a refusal is stored. The door only reports it."
)

#: The provider's status, code and Retry-After; the door's status, code, Retry-After and x-should-retry.
REFUSALS = {
    "too long": ((400, "context_length_exceeded", None), (400, "context_length_exceeded", None, "false")),
    "too long for llama.cpp": (
        (400, "exceed_context_size_error", None),
        (400, "context_length_exceeded", None, "false"),
    ),
    "bad": ((400, None, None), (400, "provider_refused", None, "false")),
    "the key": ((401, "invalid_api_key", None), (502, "provider_key_refused", None, "false")),
    "the proxy": ((407, None, None), (502, "provider_key_refused", None, "false")),
    "credit": ((402, None, None), (402, "payment_required", None, "false")),
    "moderation": ((403, "flagged", None), (403, "flagged", None, "false")),
    "model": ((404, None, None), (404, "model_not_found", None, "false")),
    "large": ((413, None, None), (413, "context_length_exceeded", None, "false")),
    "values": ((422, None, None), (422, "provider_refused", None, "false")),
    "law": ((451, None, None), (451, "provider_refused", None, "false")),
    "rate": ((429, "rate_limit_exceeded", 7.0), (429, "rate_limit_exceeded", "7", "true")),
    "rate, in parts of a second": ((429, None, 0.2), (429, "rate_limit_exceeded", "1", "true")),
    "rate, for an unknown time": ((429, None, None), (429, "rate_limit_exceeded", "5", "true")),
    "rate, for an hour": ((429, None, 3600.0), (429, "rate_limit_exceeded", "3600", "false")),
    "quota": ((429, "insufficient_quota", None), (429, "insufficient_quota", "5", "false")),
    "loading": ((503, None, 3.0), (503, "provider_unavailable", "3", "true")),
    "overloaded": ((529, "overloaded_error", None), (503, "overloaded_error", "5", "true")),
    "slow": ((408, None, None), (503, "provider_unavailable", "5", "true")),
    "broken": ((500, "server_error", None), (502, "server_error", None, "true")),
    "gateway": ((504, None, None), (502, "provider_failed", None, "true")),
    "redirect": ((307, None, None), (502, "provider_failed", None, "false")),
    "in a stream": ((200, "context_length_exceeded", None), (400, "context_length_exceeded", None, "false")),
    "in a stream, by number": ((200, "429", None), (429, "rate_limit_exceeded", "5", "true")),
    "in a stream, by another word": ((200, "weird", None), (502, "weird", None, "false")),
    "no word": ((400, "a\r\nb: c", None), (400, "provider_refused", None, "false")),
}


@pytest.mark.parametrize(("said", "told"), REFUSALS.values(), ids=list(REFUSALS))
@pytest.mark.parametrize("way", [{}, {"stream": True}, {"store": False}], ids=["whole", "streamed", "unkept"])
def test_the_kind_of_a_refusal_is_passed_on(app, client, said, told, way):
    status, code, retry_after = said
    script(app, AssistantFailed("The provider says: no", ProviderRefusal(status, code, "no", retry_after)))
    response = ask(client, "Hello", **way)
    assert error(response, told[0], told[1])["message"] == "The provider says: no"
    assert (response.headers.get("Retry-After"), response.headers["x-should-retry"]) == told[2:]


def test_a_prompt_that_is_too_long_is_known_by_the_words_too(app, client):
    words = "This model's maximum context length is 4096 tokens."
    script(app, AssistantFailed(words, ProviderRefusal(400, None, words, None)))
    error(ask(client, "Hello"), 400, "context_length_exceeded")


@pytest.mark.parametrize("line", ["", AssistantFailed("It cannot be reached.")], ids=["no word", "unreachable"])
def test_what_gave_no_reason_is_a_502_that_is_not_sent_again(app, client, line):
    script(app, line)
    response = ask(client, "Hello")
    error(response, 502, "provider_failed")
    assert response.headers["x-should-retry"] == "false"


def test_after_the_first_text_it_is_an_event(app, client):
    refused = AssistantFailed("Enough.", ProviderRefusal(429, "rate_limit_exceeded", "Enough.", 7.0))
    gate = Gate(" more")
    script(app, ("Some", gate, refused))
    response = ask(client, "Hello", stream=True)
    gate.opened.set()
    *_, last = events(response)
    assert last["error"] == {
        "message": "Enough.",
        "type": "rate_limit_error",
        "param": None,
        "code": "rate_limit_exceeded",
    }
