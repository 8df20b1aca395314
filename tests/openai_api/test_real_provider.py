"""OpenAI's own package against a server whose models are at a scripted provider: stops, refusals, responses."""

import json
import shutil
import threading
from contextlib import closing

import httpx2
import openai
import pytest

from tests.support.accounts import BEARER, TOKEN
from tests.support.provider import chunk, running, streams
from tests.support.server import running_server
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

HEADER = "X-Minutebook-Session"
WORDS = [f"word{number} " for number in range(2_000)]


class Script:
    """The provider's answer: a long one to "Count …", refusals as a test says, and a short one else."""

    def __init__(self):
        self.refusal = None
        self.hung_up = threading.Event()
        self.next_word = threading.Semaphore(0)

    def __call__(self, handler):
        if handler.command == "GET":
            handler.send(b'{"data": [{"id": "grout-7b"}]}')
            return
        if self.refusal is not None:
            status, body, headers = self.refusal
            handler.send_response(status)
            for name, value in {"Content-Type": "application/json", "Connection": "close", **headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.write(body)
        elif handler.asked["messages"][-1]["content"].startswith("Count"):
            self.count(handler)
        else:
            streams(chunk("Done."), chunk(finish="stop"), b"data: [DONE]\n\n")(handler)

    def count(self, handler):
        handler.send(chunk(WORDS[0]), kind="text/event-stream")
        for word in WORDS[1:]:
            # As fast as the test wants it, or a word now and then.
            self.next_word.acquire(timeout=0.05)
            if handler.provider.over.is_set() or not handler.write(chunk(word)):
                self.hung_up.set()
                return
        handler.write(chunk(finish="stop") + b"data: [DONE]\n\n")


@pytest.fixture(scope="module")
def script():
    return Script()


@pytest.fixture(scope="module")
def provider(script):
    with running(script) as provider:
        yield provider


@pytest.fixture(scope="module")
def address(provider, tmp_path_factory, sqlite_template):
    folder = tmp_path_factory.mktemp("provided")
    shutil.copy(sqlite_template, folder / "minutebook.db")
    settings = {"OPENAI_BASE_URL": provider.url, "OPENAI_MODELS": "grout-7b", "OPENAI_API_KEY": "sk-1"}
    with running_server(None, folder, MINUTEBOOK_REPEAT_WAIT="3", MINUTEBOOK_MODEL_TITLES="no", **settings) as url:
        yield url


@pytest.fixture
def client(address, script, provider):
    script.refusal = None
    script.hung_up.clear()
    provider.asked.clear()
    with closing(openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN)) as client:
        yield client


def transcript(address, session_id):
    with httpx2.Client(base_url=f"{address}/api/v1", headers=BEARER) as http:
        messages = http.get(f"/sessions/{session_id}").raise_for_status().json()["messages"]
    return [(message["content"], message["finish_reason"]) for message in messages]


def user(content):
    return {"role": "user", "content": content}


def read_some(client, messages, count=5, **options):
    """Read some pieces of an answer and close. Return its chat and what was read."""
    stream = client.chat.completions.create(model="grout-7b", messages=messages, stream=True, **options)
    pieces = []
    for piece in stream if count else ():
        pieces.append(piece.choices[0].delta.content or "")
        if len(pieces) == count:
            break
    stream.close()
    return stream.response.headers.get(HEADER), "".join(pieces)


def ask(client, messages, **options):
    return client.chat.completions.create(model="grout-7b", messages=messages, **options)


@pytest.mark.parametrize("count", [5, 0], ids=["read", "closed before the first piece was read"])
def test_a_client_stops_by_closing_and_its_chat_goes_on(client, address, script, count):
    said = [user(f"Count to a thousand, in words. {count}")]
    session_id, read = read_some(client, said, count)
    said += [{"role": "assistant", "content": read}, user("Go on with letters.")]
    answer = ask(client, said)
    assert answer.metadata["session_id"] == session_id
    assert script.hung_up.wait(20)
    kept = transcript(address, session_id)
    assert kept[1][0].startswith(read.strip())
    assert kept[1][1] == "stopped"
    assert [content for content, _ in kept[2:]] == ["Go on with letters.", "Done."]
    said += [{"role": "assistant", "content": "Done."}, user("And on.")]
    assert ask(client, said).metadata["session_id"] == session_id


def test_a_client_that_closes_and_says_no_more_stops_too(client, address, script):
    session_id, read = read_some(client, [user("Count on and on.")])
    assert script.hung_up.wait(20)
    (_, (kept, reason)) = eventually(lambda: (found := transcript(address, session_id))[1:] and found)
    assert kept.startswith(read.strip())
    assert reason == "stopped"


def test_a_client_that_waits_for_the_whole_answer_stops_by_closing_too(client, address, script):
    impatient = client.with_options(timeout=1.0, max_retries=0)
    with pytest.raises(openai.APITimeoutError):
        ask(impatient, [user("Count whole.")])
    assert script.hung_up.wait(20)


def test_without_store_the_provider_is_cut_at_once(client, script):
    read_some(client, [user("Count for nothing.")], store=False)
    assert script.hung_up.wait(20)


def test_a_repeat_right_after_the_close_goes_on(client, address, script, provider):
    said, key = [user("Count twice.")], {"Idempotency-Key": "count-twice"}
    session_id, _ = read_some(client, said, extra_headers=key)
    stream = ask(client, said, stream=True, extra_headers=key)
    assert stream.response.headers[HEADER] == session_id
    for _ in range(len(WORDS)):
        script.next_word.release()
    text = "".join(piece.choices[0].delta.content or "" for piece in stream)
    assert text == "".join(WORDS)
    assert len(provider.asked) == 1
    assert not script.hung_up.is_set()


#: What the provider says; the exception that the package raises, its code, and how often the provider is asked.
REFUSALS = {
    "too long": ((400, "context_length_exceeded", {}), openai.BadRequestError, "context_length_exceeded", 1),
    "the key": ((401, "invalid_api_key", {}), openai.InternalServerError, "provider_key_refused", 1),
    "credit": ((402, None, {}), openai.APIStatusError, "payment_required", 1),
    "moderation": ((403, None, {}), openai.PermissionDeniedError, "provider_refused", 1),
    "model": ((404, "model_not_found", {}), openai.NotFoundError, "model_not_found", 1),
    "quota": ((429, "insufficient_quota", {}), openai.RateLimitError, "insufficient_quota", 1),
    "an hour": ((429, "rate_limit_exceeded", {"Retry-After": "3600"}), openai.RateLimitError, "rate_limit_exceeded", 1),
    "rate": ((429, "rate_limit_exceeded", {"Retry-After": "1"}), openai.RateLimitError, "rate_limit_exceeded", 2),
    "loading": ((503, None, {"Retry-After": "1"}), openai.InternalServerError, "provider_unavailable", 2),
}


@pytest.mark.parametrize(("said", "kind", "code", "times"), REFUSALS.values(), ids=list(REFUSALS))
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_the_package_raises_the_kind_of_the_refusal_and_asks_again_only_where_that_helps(
    client, script, provider, said, kind, code, times, stream
):
    status, word, headers = said
    body = {"error": {"message": "The provider's own words.", "type": "invalid_request_error", "code": word}}
    if word is None:
        del body["error"]["type"]
    script.refusal = (status, json.dumps(body).encode(), headers)
    with pytest.raises(kind) as refused:
        ask(client.with_options(max_retries=1), [user("Hello")], stream=stream)
    assert refused.value.code == code
    assert len(provider.asked) == times


def test_an_answer_without_a_word_is_asked_for_once(client, script, provider):
    script.refusal = (200, chunk(finish="stop") + b"data: [DONE]\n\n", {"Content-Type": "text/event-stream"})
    with pytest.raises(openai.InternalServerError) as refused:
        ask(client, [user("Hello")])
    assert refused.value.code == "provider_failed"
    assert len(provider.asked) == 1


def test_the_packages_responses_are_answered_streamed_and_found_again(client, address):
    first = client.responses.create(model="grout-7b", input="Hello", instructions="Be short.")
    assert (first.output_text, first.status, first.error) == ("Done.", "completed", None)
    stream = client.responses.create(model="grout-7b", input="And now?", previous_response_id=first.id, stream=True)
    events = list(stream)
    assert [type(event).__name__ for event in events][:2] == ["ResponseCreatedEvent", "ResponseInProgressEvent"]
    last = events[-1]
    assert (last.type, last.response.output_text) == ("response.completed", "Done.")
    assert last.response.metadata["session_id"] == first.metadata["session_id"]
    again = client.responses.retrieve(last.response.id)
    assert again.output_text == "Done."
    assert [content for content, _ in transcript(address, first.metadata["session_id"])] == [
        "Hello", "Done.", "And now?", "Done.",
    ]  # fmt: skip
    with client.responses.stream(model="grout-7b", input="Hello") as helper:
        assert helper.get_final_response().output_text == "Done."
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="grout-7b", input="Hello", tools=[{"type": "web_search"}])
    assert refused.value.param == "tools"
