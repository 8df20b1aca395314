"""The composer without JavaScript: POST /chat."""

from tests.support.doors import draft, fill_in, hidden, make_session, read, script


def count(client):
    return [session["message_count"] for session in client.get("/api/v1/sessions?include_archived=1").json["data"]]


def test_the_first_message_makes_a_session_and_leads_to_it(app, client):
    script(app, "Under the mat.")
    answer = client.post("/chat", data=fill_in(client, content="Where is the key?"))
    assert answer.status_code == 303
    (session,) = client.get("/api/v1/sessions").json["data"]
    assert answer.headers["Location"].partition("#")[0] == session["html_url"]
    page = client.get(answer.headers["Location"])
    assert "Where is the key?" in page.text
    assert "Under the mat." in page.text
    assert draft(page) == ""
    assert "<title>Where is the key? · Minutebook</title>" in page.text


def test_the_next_message_goes_to_the_same_session(app, client):
    script(app, "First.", "Second.")
    session = make_session(client)
    for said in ("Hello", "And?"):
        assert client.post("/chat", data=fill_in(client, session["id"], content=said)).status_code == 303
    assert [m["content"] for m in read(client, session["id"])["messages"]] == ["Hello", "First.", "And?", "Second."]


def test_the_examples_of_an_empty_book_can_be_sent_as_they_are(client):
    page = client.get("/sessions")
    assert 'name="content" value="What can you do?"' in page.text
    answer = client.post("/chat", data={"content": "What can you do?", "key": hidden(page, "key")})
    assert answer.status_code == 303


def test_the_chosen_assistant_answers_and_stays_chosen(app, client):
    script(app)
    answer = client.post("/chat", data=fill_in(client, content="Hello", assistant="archivist"))
    page = client.get(answer.headers["Location"])
    assert '<option value="archivist" selected>' in page.text


def test_line_breaks_are_kept_as_they_were_typed(app, client):
    script(app)
    client.post("/chat", data=fill_in(client, content="one\r\ntwo\r\n\r\nthree\r"))
    (session,) = client.get("/api/v1/sessions").json["data"]
    assert read(client, session["id"])["messages"][0]["content"] == "one\ntwo\n\nthree\r"


def test_a_form_sent_twice_makes_one_turn(app, client):
    assistant = script(app)
    form = fill_in(client, content="Hello")
    first, again = client.post("/chat", data=form), client.post("/chat", data=form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert count(client) == [2]
    assert len(assistant.asked) == 1


def test_each_page_has_a_key_of_its_own(client):
    assert hidden(client.get("/sessions"), "key") != hidden(client.get("/sessions"), "key")
