"""What came before a failure, by the JSON API; and the reasoning of an answer."""

from __future__ import annotations

from tests.support.doors import problem, read, script
from tests.support.events import events_of
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import ProviderRefusal, Reasoning, Rethought

URL = "/api/v1/chat"
REFUSED = AssistantFailed("It refused.", ProviderRefusal(429, "quota", "Quota exceeded", 20.0))
HELLO = {"content": "Hello", "assistant": "scripted"}


def test_a_failure_tells_what_came_and_where_to_keep_or_continue_it(app, client):
    script(app, ("Under ", REFUSED), "the mat.")
    told = problem(client.post(URL, json=HELLO), 502, "provider-failed")

    assert told["text"] == "Under "
    assert told["provider"] == {"status": 429, "code": "quota", "words": "Quota exceeded", "retry_after": 20.0}
    live = client.get(told["live_url"], headers={"Accept": "application/json"}).json
    assert (live["state"], live["text"], live["provider"]) == ("failed", "Under ", told["provider"])

    answer = client.post(told["continue_url"], json={})
    assert answer.json["message"]["content"] == "Under the mat."
    assert len(read(client, told["session_id"])["messages"]) == 2


def test_it_is_kept(app, client):
    script(app, ("Under ", REFUSED))
    told = problem(client.post(URL, json=HELLO), 502)

    kept = client.post(told["keep_url"])
    assert (kept.json["message"]["content"], kept.json["finish_reason"]) == ("Under ", "broken_off")
    problem(client.post(told["keep_url"]), 404)


def test_without_text_nothing_is_left_as_before(app, client):
    script(app, REFUSED)
    told = problem(client.post(URL, json=HELLO), 502)

    assert "keep_url" not in told
    assert client.get("/api/v1/sessions").json["data"] == []


def test_the_next_question_drops_it(app, client):
    script(app, "Hi.", ("Under ", REFUSED), "Sure.")
    session_id = client.post(URL, json=HELLO).json["session_id"]
    problem(client.post(URL, json=HELLO | {"session_id": session_id}), 502)

    assert client.post(URL, json={"content": "Else?", "session_id": session_id}).status_code == 200
    assert [message["content"] for message in read(client, session_id)["messages"]] == [
        "Hello",
        "Hi.",
        "Else?",
        "Sure.",
    ]


def test_a_complete_answer_is_not_continued(app, client):
    script(app, "Hi.")
    session_id = client.post(URL, json=HELLO).json["session_id"]

    problem(client.post(f"/api/v1/sessions/{session_id}/continuations", json={}), 422)
    problem(client.post(f"/api/v1/sessions/{session_id}/live/keep"), 404)


def test_reasoning_is_streamed_and_stored_beside_the_text(app, client):
    script(app, ("so far", Rethought(), Reasoning(", so good"), "Under the mat."))
    events = events_of(client.post(URL, json=HELLO | {"stream": True}))

    seen = {"delta": "", "reasoning": ""}
    for event in events:
        if event.name in seen:
            seen[event.name] += event.data["text"]
        elif event.name == "restart":
            seen["delta"] = ""
    assert seen == {"delta": "Under the mat.", "reasoning": "so far, so good"}
    message = events[-1].data["message"]
    assert (message["content"], message["reasoning"]) == ("Under the mat.", "so far, so good")
    assert client.get("/api/v1/search?q=good").json["data"] == []
