"""The growing answer: a stream of whole HTML, to be swapped into the page, that ends with how things stand."""

import re
from html import unescape

import pytest
from sqlalchemy import text

from tests.support.cast import age
from tests.support.doors import NOBODY, add_turn, make_session, script
from tests.support.tabs import PARTIAL, Stream, Tab, events_of, partials, words
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End
from webapp.database.transaction import writing
from webapp.services.live.process.pool import Runner
from webapp.services.live.values import Superseded
from webapp.services.transcripts.reading import read_page
from webapp.state import current

HOSTILE = [
    "</hx-partial><script>alert(1)</script><hx-partial hx-target='#main'>x",
    '<a hx-get="/sessions/archived" hx-trigger="load" hx-target="#main">x</a>',
    '<b data-hx-get="/sessions/archived" hx-on:click="x()" onclick="x()">x</b>',
    "```html\n</hx-partial><template hx type='partial'>\n```",
    "[x](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "one\r\nevent: gone\r\rid: 7\rdata: <b>two</b>\n\ndata: three\n:four\nretry: 1",
    "five\u2028event: gone\u2028\u2028six\u2029seven\x0b\x0c\x85eight\ufeff",
    "</title></textarea></section>{{ 7*7 }}",
]


@pytest.fixture
def session(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"])
    return session


@pytest.fixture
def asked(app, client, session, gate):
    """A tab whose question is answered by "Under the ", and then nothing yet."""
    script(app, ("Under ", "the ", gate, "**mat**."))
    tab = Tab(client, session["html_url"])
    tab.send("Where is the key?")
    return tab


@pytest.fixture
def failed(app, client, session):
    """A tab whose question's answer broke off."""
    script(app, ("Under ", AssistantFailed("The <line> broke.")), "Now.")
    tab = Tab(client, session["html_url"])
    tab.send("Where is the <key>?")
    tab.finish()
    return tab


def harmless(html):
    assert not re.search(r"<(script|template|iframe|style|b)\b", html)
    tags = re.sub(r'"[^"]*"', '""', " ".join(re.findall(r"<[a-z][^<>]*>", html)))
    assert not re.search(r"\s(on\w+|hx-on[\w:-]*|data-hx-[\w-]*)=", tags)


def asked_in(html):
    """What the last question of a page says, line ends aside."""
    said = unescape(re.findall(r'<div class="plain" dir="auto">([^<]+)</div>', html)[-1])
    return re.sub("\r\n|\r", "\n", said)


def test_the_answer_grows_as_whole_html_in_unnamed_numbered_messages_and_ends_with_what_changed(app, asked, gate):
    stream = Stream(app, asked.live_url)
    first = stream.until_seen("Under the")
    gate.open()
    *growing, last = stream.rest()
    assert {event.name for event in stream.seen} == {"message"}
    assert re.fullmatch(r"[0-9a-f-]{36}:10", first.id)
    assert all(words(event.data).startswith("Under the") for event in growing[growing.index(first) :])
    assert all("<hx-partial" not in event.data for event in growing)
    asked.swap(last.data)
    assert last.id == "end"
    assert asked.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert "<strong>mat</strong>" in asked.minutes
    assert words(asked.announcement) == "The assistant answered: Under the mat."
    assert asked.button == "Send"
    assert "Regenerate" in asked.end


def test_text_of_many_lines_comes_whole(app, client, session, gate):
    code = "```\none\n\n  two\n```\n\nthree"
    script(app, (code, gate, "."))
    tab = Tab(client, session["html_url"])
    tab.send("Hello")
    event = Stream(app, tab.live_url).until_seen("three")
    assert "one\n\n  two" in re.sub(r"<[^>]*>", "", event.data)


def test_the_end_leaves_the_composer_to_who_types_in_it(asked, gate):
    gate.open()
    told = partials(asked.follow()[-1].data)
    assert "composer" not in told
    assert {"composer-state", "composer-action"} <= set(told)
    assert "<textarea" not in "".join(told.values())


def test_all_tabs_that_show_the_chat_see_the_answer_and_its_end(app, client, elsewhere, asked, gate):
    other, far = Tab(client, asked.news_url.partition("/news")[0]), Tab(elsewhere, asked.news_url.partition("/news")[0])
    streams = [Stream(app, asked.live_url), Stream(app, other.live_url), Stream(elsewhere.application, far.live_url)]
    for stream in streams:
        stream.until_seen("Under the")
    gate.open()
    for tab, stream in zip((asked, other, far), streams, strict=True):
        tab.swap(stream.rest()[-1].data)
        assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
        assert "end" not in " ".join(tab.ignored)


def test_the_headers_keep_a_stream_flowing_and_to_itself(asked, gate):
    gate.open()
    answer = asked.client.get(asked.live_url, headers=PARTIAL | {"Accept-Encoding": "gzip"})
    assert answer.content_type == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Content-Encoding" not in answer.headers
    assert events_of(answer)


def test_a_quiet_answer_keeps_its_line_open(app, client, session, gate, monkeypatch):
    monkeypatch.setattr("webapp.services.live.following.QUIET_SECONDS", 0.05)
    script(app, (gate, "Hi."))
    tab = Tab(client, session["html_url"])
    tab.send("Hello")
    stream = Stream(app, tab.live_url)
    eventually(lambda: stream.reader.comments)
    gate.open()
    assert stream.rest()[-1].id == "end"


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.one_database("What is shown is escaped after it was read.")
def test_nothing_an_assistant_says_breaks_out_of_the_stream_or_reaches_the_page_as_markup(
    app, client, session, gate, said
):
    script(app, (said, "\n\nlast", gate, " word"))
    tab = Tab(client, session["html_url"])
    tab.send("Hello")
    stream = Stream(app, tab.live_url)
    stream.until_seen("last")
    gate.open()
    *growing, last = stream.rest()
    for event in growing:
        assert (event.name, "<hx-partial" in event.data, "hx-get" in re.sub(r">[^<]*", ">", event.data)) == (
            "message", False, False,
        )  # fmt: skip
        harmless(event.data)
    assert last.id == "end"
    tab.swap(last.data)
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    harmless(tab.minutes)


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.one_database("What is shown is escaped after it was read.")
def test_nothing_a_user_asks_breaks_out_of_the_stream_or_the_page(app, client, said):
    script(app, AssistantFailed(said))
    session = make_session(client, title=said.replace("\r", " ").replace("\n", " "))
    tab = Tab(client, session["html_url"])
    tab.send(said)
    tab.finish()
    assert "Try again" in tab.end
    ended = events_of(client.get(f"/sessions/{session['id']}/live?attempt=x", headers=PARTIAL))
    assert [(event.name, event.id) for event in ended] == [("message", "end")]
    for html in (tab.minutes, ended[0].data, client.get(session["html_url"]).text):
        assert asked_in(html) == re.sub("\r\n|\r", "\n", said)
        harmless(html.replace('<script src="/assets/', "").replace('<template id="pending">', ""))


def test_a_failure_is_followed_to_its_reason_and_what_can_be_done_about_it(failed):
    assert failed.numbers == ["m-1", "m-2"]
    assert "Where is the &lt;key&gt;?" in failed.end
    assert "The &lt;line&gt; broke." in failed.end
    assert "Under" in words(failed.end)
    assert "Try again" in failed.end
    assert "Discard" in failed.end
    assert "Regenerate" not in failed.end
    assert failed.button == "Send"
    assert "hx-sse" not in failed.end
    assert "writing…" not in failed.rows


@pytest.mark.parametrize("query", ["", "?attempt=x", f"?attempt={NOBODY}&after=1&state=writing", "?after=²&last=%00"])
def test_for_any_other_attempt_it_ends_at_once_with_how_things_stand(client, session, asked, query):
    (event,) = events_of(client.get(f"{session['html_url']}/live{query}", headers=PARTIAL))
    assert event.id == "end"
    assert "Where is the key?" in event.data
    assert "hx-sse:connect" in event.data


def test_after_the_end_it_ends_at_once_with_what_came(client, asked, gate):
    url = asked.live_url
    gate.open()
    late = Tab(client, asked.news_url.partition("/news")[0])
    late.finish()
    (event,) = events_of(client.get(url, headers=PARTIAL))
    asked.swap(event.data)
    assert asked.numbers == late.numbers == ["m-1", "m-2", "m-3", "m-4"]


def test_a_chat_that_is_gone_is_said_to_be_gone_and_the_composer_begins_another(app, client, session, asked):
    url = asked.live_url
    client.delete(session["url"])
    client.delete(f"{session['url']}?purge=true")
    (event,) = events_of(client.get(url, headers=PARTIAL))
    asked.swap(event.data)
    assert "This chat no longer exists" in asked.minutes
    assert '<a href="/sessions">' in asked.minutes
    assert asked.button == "Send"
    assert "HX-Redirect" in asked.send("Typed since").headers


def test_a_chat_that_never_was_is_a_stream_that_ends_too(client):
    (event,) = events_of(client.get(f"/sessions/{NOBODY}/live", headers=PARTIAL))
    assert "This chat no longer exists" in event.data


def test_somebody_elses_answer_is_shown_to_nobody(app, client, session, asked):
    with app.app_context(), writing() as connection:
        connection.execute(
            text("INSERT INTO users (id, name, created_at) SELECT :id, 'bob', created_at FROM users"), {"id": NOBODY}
        )
        connection.execute(text("UPDATE sessions SET owner_id = :id"), {"id": NOBODY})
    (event,) = events_of(client.get(asked.live_url, headers=PARTIAL))
    assert "This chat no longer exists" in event.data
    assert "key" not in event.data
    assert client.get(asked.news_url, headers=PARTIAL).status_code == 404


def test_one_whose_process_was_killed_is_offered_for_another_try(app, client, elsewhere, session, asked, gate):
    with app.app_context():
        eventually(lambda: "Under the" in words(client.get(session["html_url"]).text))
        draft = current(Runner, app).tasks()[0]
        draft.claim()
        age(session["id"])
    tab = Tab(elsewhere, session["html_url"])
    assert "stopped before the answer was complete" in tab.end
    assert "Under the" in words(tab.end)
    assert "Try again" in tab.end
    assert tab.button == "Send"
    far = Stream(elsewhere.application, asked.live_url)
    assert "stopped before the answer was complete" in far.rest()[-1].data
    script(elsewhere.application, "Found it.")
    assert tab.retry().status_code == 200
    tab.finish()
    assert "Found it." in tab.minutes
    assert tab.numbers == ["m-1", "m-2", "m-3", "m-4"]
    # Nobody else ends what was claimed.
    draft.end(Superseded())


def test_without_javascript_a_running_turn_can_be_stopped_and_looked_at_again(client, session, asked):
    page = client.get(session["html_url"]).text
    assert f'<form id="stop-form" method="post" action="{session["html_url"]}/live/stop"' in page
    assert '<button id="composer-button" class="button stop" form="stop-form">Stop</button>' in page
    assert f'<noscript><a href="{session["html_url"]}">Show the answer so far</a></noscript>' in page
    assert "Where is the key?" in page


def test_a_reload_finds_the_text_that_is_there(client, session, asked):
    eventually(lambda: "Under the" in words(Tab(client, session["html_url"]).end))


def test_an_answer_that_ended_early_says_so(app, client, session):
    script(app, ("Hi.", End(model="m", finish_reason="length")))
    tab = Tab(client, session["html_url"])
    tab.send("Hello")
    tab.finish()
    assert "Cut off at the model" in tab.minutes


def test_a_turn_that_ends_while_a_page_is_made_of_it_is_not_lost_between_the_two(
    app, client, session, gate, monkeypatch
):
    def read_slowly(*arguments, **more):
        page = read_page(*arguments, **more)
        gate.open()
        eventually(lambda: not current(Runner, app).tasks())
        return page

    script(app, (gate, "Under the mat."))
    shown = Tab(client, session["html_url"])
    monkeypatch.setattr("webapp.services.live.pages.read_page", read_slowly)
    shown.send("Where is the key?")
    assert "Where is the key?" in shown.minutes
    shown.finish()
    assert shown.numbers == ["m-1", "m-2", "m-3", "m-4"]
    assert shown.minutes.count("Where is the key?") == 1


def test_archived_in_the_meantime_it_ends_with_nothing_to_press_and_comes_back_when_restored(
    client, session, asked, gate
):
    client.delete(session["url"])
    gate.open()
    told = partials(events_of(client.get(asked.live_url, headers=PARTIAL))[-1].data)
    for html in (told[asked.end_id], client.get(session["html_url"]).text):
        assert asked_in(html) == "Where is the key?"
        assert "archived" in html
        assert "retry-form" not in html
        assert "take-back-form" not in html
        assert "Regenerate" not in html
    client.post(f"{session['html_url']}/restore")
    restored = Tab(client, session["html_url"])
    assert asked_in(restored.end) == "Where is the key?"
    assert "Try again" in restored.end
