"""OpenAI's own client, pointed here: a chat of several turns, streams, errors and its retries, on a real server."""

import shutil
from contextlib import closing

import httpx2
import openai
import pytest

from tests.support.accounts import BEARER, TOKEN
from tests.support.loops import run
from tests.support.server import running_server

HEADER = "X-Minutebook-Session"


@pytest.fixture(scope="module")
def address(tmp_path_factory, sqlite_template):
    folder = tmp_path_factory.mktemp("compatible")
    shutil.copy(sqlite_template, folder / "minutebook.db")
    with running_server(None, folder) as url:
        yield url


@pytest.fixture
def client(address):
    with closing(openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN)) as client:
        yield client


@pytest.fixture
def look(address):
    """Read what is kept, at the other door."""
    with httpx2.Client(base_url=f"{address}/api/v1", headers=BEARER) as http:
        yield lambda path: http.get(path).raise_for_status().json()


def user(content):
    return {"role": "user", "content": content}


def ask(client, messages, **options):
    return client.chat.completions.create(model="archivist", messages=messages, **options)


def session_of(completion):
    return completion.metadata["session_id"]


def transcript(look, session_id):
    return [(m["role"], m["content"]) for m in look(f"/sessions/{session_id}")["messages"]]


def spoken(messages):
    return [(message["role"], message["content"]) for message in messages if message["role"] != "system"]


def test_a_chat_goes_on_over_three_turns_and_forks_where_its_history_differs(client, look):
    messages = [{"role": "system", "content": "Be short."}]
    told = []
    for question in ("Where is the ladder?", "And the hammer?", "And the nails?"):
        messages.append(user(question))
        completion = ask(client, messages)
        messages.append({"role": "assistant", "content": completion.choices[0].message.content})
        told.append(completion)
    first = session_of(told[0])
    assert {session_of(completion) for completion in told} == {first}
    assert transcript(look, first) == spoken(messages)

    changed = [*messages[:3], user("And the saw?")]
    other = ask(client, changed)
    assert session_of(other) != first
    assert transcript(look, session_of(other)) == [*spoken(changed), ("assistant", other.choices[0].message.content)]
    assert transcript(look, first) == spoken(messages)
    assert look(f"/sessions/{session_of(other)}")["forked_from_id"] == first


def test_a_completion_is_what_the_client_expects(client):
    completion = ask(client, [user("Where is the wrench?")], temperature=0.1, max_completion_tokens=5, user="me")
    (choice,) = completion.choices
    assert completion.object == "chat.completion"
    assert completion.model == "archivist"
    assert (choice.index, choice.finish_reason, choice.message.role) == (0, "stop", "assistant")
    assert choice.message.content
    assert completion.usage.total_tokens == 0
    assert completion.id == f"chatcmpl-{completion.metadata['assistant_message_id']}"
    assert completion.created > 1_700_000_000


def test_a_stream_comes_in_chunks_and_its_chat_goes_on(client, look):
    messages = [user("Where is the bucket?")]
    stream = ask(client, messages, stream=True, stream_options={"include_usage": True})
    session_id = stream.response.headers[HEADER]
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens == 0
    assert transcript(look, session_id) == [("user", "Where is the bucket?"), ("assistant", text)]
    messages += [{"role": "assistant", "content": text}, user("And the mop?")]
    assert session_of(ask(client, messages)) == session_id


def test_the_clients_own_helper_for_streams_puts_it_together(client, look):
    with client.chat.completions.stream(model="archivist", messages=[user("Where is the rake?")]) as stream:
        final = stream.get_final_completion()
    ((_, kept),) = [
        message for message in transcript(look, stream._response.headers[HEADER]) if message[0] == "assistant"
    ]
    assert final.choices[0].message.content == kept


def test_the_asynchronous_client_is_answered_and_streamed_to(address, look):
    async def talk():
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key=TOKEN) as client:
            messages = [user("Where is the drill?")]
            stream = await client.chat.completions.create(model="archivist", messages=messages, stream=True)
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            messages += [{"role": "assistant", "content": text}, user("And the bits?")]
            return messages, await client.chat.completions.create(model="archivist", messages=messages)

    messages, completion = run(talk())
    assert transcript(look, session_of(completion))[:3] == spoken(messages)


def test_a_named_session_goes_on_with_the_new_message_alone(client, look):
    session_id = session_of(ask(client, [user("Where is the level?")]))
    by_header = ask(client, [user("And the plumb line?")], extra_headers={HEADER: session_id})
    by_metadata = ask(client, [user("And the chalk?")], metadata={"session_id": session_id})
    assert session_of(by_header) == session_of(by_metadata) == session_id
    assert len(transcript(look, session_id)) == 6


def test_the_models_are_listed_and_retrieved(client):
    assert [model.id for model in client.models.list()] == ["archivist"]
    assert client.models.retrieve("archivist").owned_by == "minutebook"
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("gpt-4o")
    assert refused.value.code == "model_not_found"


def test_with_store_false_nothing_is_kept(client, look):
    before = look("/sessions?limit=100")["data"]
    completion = ask(client, [user("Where is the secret?")], store=False)
    assert completion.choices[0].message.content
    assert "".join(c.choices[0].delta.content or "" for c in ask(client, [user("Where?")], store=False, stream=True))
    assert look("/sessions?limit=100")["data"] == before


@pytest.mark.parametrize(
    ("options", "kind", "code", "param"),
    [
        ({"messages": []}, openai.BadRequestError, "too_short", "messages"),
        ({"messages": [{"role": "user", "content": ""}]}, openai.BadRequestError, "empty", "messages[0].content"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, openai.BadRequestError, "unsupported", "tools"),
        ({"model": "gpt-4o"}, openai.NotFoundError, "model_not_found", "model"),
        ({"metadata": {"session_id": "x"}}, openai.BadRequestError, "uuid", "metadata.session_id"),
    ],
)
def test_the_client_raises_what_it_raises_for_openai(client, options, kind, code, param):
    with pytest.raises(kind) as refused:
        client.chat.completions.create(**{"model": "archivist", "messages": [user("Hello")], **options})
    error = refused.value
    assert (error.code, error.param, error.type) == (code, param, "invalid_request_error")
    assert "Error code" in str(error)


class Losing(httpx2.HTTPTransport):
    """A line on which the first answers are lost after the server has given them."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses
        self.tries = []

    def handle_request(self, request):
        self.tries.append(request.headers.get("x-stainless-retry-count"))
        response = super().handle_request(request)
        if len(self.tries) > self.losses:
            return response
        response.read()
        response.close()
        raise httpx2.ReadTimeout("lost", request=request)


def losing_client(address, losses):
    line = Losing(losses)
    return line, openai.OpenAI(
        base_url=f"{address}/v1", api_key=TOKEN, http_client=openai.DefaultHttpxClient(transport=line)
    )


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_answer_that_is_lost_on_its_way_is_given_again_by_the_same_turn(address, look, stream):
    question = f"Where is the ladder, {'streamed' if stream else 'whole'}?"
    line, client = losing_client(address, 2)
    with closing(client):
        answer = ask(client, [user(question)], stream=stream)
        session_id = answer.response.headers[HEADER] if stream else session_of(answer)
        if stream:
            assert "".join(chunk.choices[0].delta.content or "" for chunk in answer)
    assert line.tries == ["0", "1", "2"]
    assert [s["id"] for s in look("/sessions?limit=100")["data"] if s["title"] == question] == [session_id]
    assert len(transcript(look, session_id)) == 2


def test_a_later_answer_that_is_lost_is_given_again_in_its_chat(address, client, look):
    messages = [user("Where is the wheelbarrow?")]
    first = ask(client, messages)
    messages += [{"role": "assistant", "content": first.choices[0].message.content}, user("And the spade?")]
    line, losing = losing_client(address, 1)
    with closing(losing):
        second = ask(losing, messages)
    assert line.tries == ["0", "1"]
    assert session_of(second) == session_of(first)
    assert len(transcript(look, session_of(first))) == 4


def test_a_conflict_is_not_sent_again(address, client):
    session_id = session_of(ask(client, [user("Where is the anvil?")]))
    line, losing = losing_client(address, 0)
    with closing(losing), pytest.raises(openai.ConflictError) as refused:
        ask(losing, [user("x"), {"role": "assistant", "content": "y"}, user("z")], extra_headers={HEADER: session_id})
    assert refused.value.code == "stale_transcript"
    assert line.tries == ["0"]


def test_an_idempotency_key_gets_the_same_answer(client):
    key = {"Idempotency-Key": "anvil-1"}
    one, two = (ask(client, [user("Where is the other anvil?")], extra_headers=key) for _ in range(2))
    assert one == two


def test_it_is_the_same_on_either_database(database_url, tmp_path):
    with running_server(database_url, tmp_path) as url, closing(openai.OpenAI(base_url=f"{url}/v1", api_key=TOKEN)) as client:  # fmt: skip
        first = ask(client, [user("Hello")])
        history = [user("Hello"), {"role": "assistant", "content": first.choices[0].message.content}]
        assert session_of(ask(client, [*history, user("And?")])) == session_of(first)
        assert session_of(ask(client, [*history, user("Or?")])) != session_of(first)
