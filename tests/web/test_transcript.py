"""The transcript's page: numbered minutes, a page of them at a time."""

import re
from itertools import chain

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, read_from
from tests.support.library import fill

PARTIAL = {"HX-Request-Type": "partial"}


def minutes(text):
    return [int(number) for number in re.findall(r'<article id="m-(\d+)"', text)]


def link(text, name):
    found = re.search(rf'<a id="{name}" class="more" href="([^"]+)"', text)
    return found and found[1].replace("&amp;", "&")


def days(text):
    return re.findall(r'<p class="day" id="day-(\d+)"><span>([^<]+)', text)


@pytest.fixture
def long(app):
    """A chat of 120 messages."""
    with app.app_context():
        (session_id,) = fill(ALICE, 1, messages=120)
    return f"/sessions/{session_id}"


def test_a_message_is_numbered_from_one_and_linked_by_its_number(client):
    session = make_session(client)
    add_turn(client, session["id"], "Where is the key?", "Under the mat.")
    text = client.get(session["html_url"]).text
    assert minutes(text) == [1, 2]
    assert f'href="{session["html_url"]}?around=1#m-2" title="Message 2,' in text
    assert '<article id="m-1" class="minute user">' in text
    assert '<article id="m-2" class="minute assistant">' in text


def test_an_empty_chat_shows_its_composer(client):
    session = make_session(client, title="Keys")
    text = client.get(session["html_url"]).text
    assert minutes(text) == []
    assert 'name="expected_last_idx" value="-1"' in text


def test_it_opens_at_the_newest_fifty(client, long):
    text = client.get(long).text
    assert minutes(text) == list(range(71, 121))
    assert link(text, "earlier").startswith(f"{long}?before=70")
    assert link(text, "later") is None
    assert 'name="expected_last_idx" value="119"' in text


@pytest.mark.parametrize(
    ("query", "first", "last", "earlier", "later"),
    [
        ("before=70", 21, 70, True, True),
        ("before=20", 1, 20, False, True),
        ("before=0", None, None, False, True),
        ("after=69", 71, 120, True, False),
        ("after=20", 22, 71, True, True),
        ("around=30", 6, 55, True, True),
        ("around=0", 1, 50, False, True),
        ("around=119", 71, 120, True, False),
        ("around=999999999", 71, 120, True, False),
        ("before=999999999", 71, 120, True, False),
        ("around=x", 71, 120, True, False),
        ("around=-1", 71, 120, True, False),
        ("around=²", 71, 120, True, False),
        ("before=" + "9" * 5000, 71, 120, True, False),
    ],
)
def test_a_place_shows_its_page_with_links_onwards(client, long, query, first, last, earlier, later):
    answer = client.get(f"{long}?{query}")
    text = answer.text
    assert answer.status_code == 200
    assert minutes(text) == (list(range(first, last + 1)) if first else [])
    assert (link(text, "earlier") is not None, link(text, "later") is not None) == (earlier, later)


def test_the_links_lead_through_the_whole_transcript_in_both_directions(client, long):
    text = client.get(long).text
    backwards = [minutes(text)]
    while link(text, "earlier"):
        text = client.get(link(text, "earlier")).text
        backwards.insert(0, minutes(text))
    assert list(chain(*backwards)) == list(range(1, 121))
    forwards = [minutes(text)]
    while link(text, "later"):
        text = client.get(link(text, "later")).text
        forwards.append(minutes(text))
    assert list(chain(*forwards)) == list(range(1, 121))


def test_to_htmx_earlier_ones_come_alone_and_go_on(client, long):
    part = client.get(link(client.get(long).text, "earlier"), headers=PARTIAL).text
    assert minutes(part) == list(range(21, 71))
    assert link(part, "later") is None
    assert "<html" not in part
    last = client.get(link(part, "earlier"), headers=PARTIAL).text
    assert minutes(last) == list(range(1, 21))
    assert link(last, "earlier") is None


def dated(client, *moments):
    session = make_session(client)
    for moment in moments:
        body = {"user": {"content": "a", "create_time": moment}, "assistant": {"content": "b", "create_time": moment}}
        assert client.post(f"{session['url']}/turns", json=body).status_code == 201
    return session["html_url"]


def test_a_new_day_is_marked_once(client):
    address = dated(
        client, "2020-03-01T10:00:00Z", "2020-03-01T23:59:00Z", "2020-03-02T00:01:00Z", "2021-03-02T10:00:00Z"
    )
    text = read_from(client, address, "UTC").text
    assert days(text) == [("0", "1 March 2020"), ("4", "2 March 2020"), ("6", "2 March 2021")]


def test_days_and_clocks_are_the_readers(client):
    address = dated(client, "2020-03-01T23:30:00Z", "2020-03-02T00:30:00Z")
    berlin = read_from(client, address, "Europe/Berlin").text
    assert days(berlin) == [("0", "2 March 2020")]
    assert re.findall(r'<time datetime="([^"]+)">([^<]+)</time></div>', berlin)[0] == ("2020-03-01T23:30:00Z", "00:30")
    assert [day for _, day in days(read_from(client, address, "America/New_York").text)] == ["1 March 2020"]


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/Land", "../../etc/passwd", "/etc/passwd", "a" * 4000, "%00", "Europe", "UTC\\"]
)
@pytest.mark.one_database("The database knows no time zones.")
def test_a_time_zone_that_is_none_is_the_operators(make_app, zone):
    client = make_app(timezone="Asia/Tokyo").test_client()
    address = dated(client, "2020-03-01T23:30:00Z")
    answer = read_from(client, address, zone)
    assert answer.status_code == 200
    assert days(answer.text) == [("0", "2 March 2020")]


def test_what_is_not_there_or_somebody_elses_is_not_found(app, client):
    with app.app_context():
        theirs = chat(stranger(), "My secret")
    for session_id in (NOBODY, theirs.id, "x"):
        for headers in ({}, PARTIAL):
            answer = client.get(f"/sessions/{session_id}", headers=headers)
            assert answer.status_code == 404
            assert "secret" not in answer.text


def test_what_was_said_can_be_had_to_the_letter(client):
    session = make_session(client)
    add_turn(client, session["id"], "  **a** <b>\r\n", "ü")
    answer = client.get(f"{session['html_url']}/messages/0")
    assert (answer.text, answer.content_type) == ("  **a** <b>\r\n", "text/plain; charset=utf-8")
    assert client.get(f"{session['html_url']}/messages/2").status_code == 404
    assert client.get(f"{session['html_url']}/messages/{'9' * 5000}").status_code == 404


COMPLEX = "> " * 30 + "*deep* <b>x</b>\n  and more"


def test_a_message_that_is_too_complex_is_shown_as_it_is_and_leads_to_its_source(client):
    session = make_session(client)
    add_turn(client, session["id"], "How deep?", COMPLEX)
    source = f"{session['html_url']}/messages/1"
    for _ in range(2):
        text = client.get(session["html_url"]).text
        assert "shown as plain text because it is too complex to format" in text
        assert f'<a href="{source}" rel="noopener noreferrer nofollow">Show its source</a>' in text
        assert "*deep* &lt;b&gt;x&lt;/b&gt;\n  and more" in text

    shown = client.get(source)
    assert shown.text == COMPLEX
    assert shown.content_type == "text/plain; charset=utf-8"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


def test_the_way_to_the_source_is_that_of_the_chat_one_reads(client):
    session = make_session(client)
    add_turn(client, session["id"], "How deep?", COMPLEX)
    client.get(session["html_url"])
    fork = client.post(f"{session['html_url']}/forks", data={"idx": "1"}).headers["Location"].partition("?")[0]

    assert fork != session["html_url"]
    assert (
        f'<a href="{fork}/messages/1" rel="noopener noreferrer nofollow">Show its source</a>' in client.get(fork).text
    )
