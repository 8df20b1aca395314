"""Files of messages on the page: images in their place, anything else as a link, whatever they are called."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.services.files.test_media_types import GIF, JPEG, WEBP
from tests.support.accounts import ALICE, BEARER
from tests.support.cast import chat
from tests.support.doors import script
from tests.support.files import png, say_with
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.services.sessions.changes import create_session
from webapp.services.strikes.strike import strike_message

HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
#: Bytes that are a picture for one reader and a program for another.
POLYGLOT = png(4, 3, extra=b"<script>alert(1)</script><svg onload=alert(1)>")


@pytest.fixture
def said(app):
    """Store a turn with files. The id of its chat is returned, and the addresses of the files."""

    def say(*files, text="Look at this", **more):
        with app.app_context():
            turn = say_with(ALICE, create_session(ALICE).id, text, *files, **more)
            stored = (*turn.user.files, *turn.assistant.files)
            return turn.session.id, [f"/files/{file.id}/{file.name}" for file in stored]

    return say


def attributes_in(html):
    found = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda _tag, attributes: found.update(name for name, _ in attributes)
    parser.feed(html)
    return found


def list_of_files(page):
    return re.search(r'<ul class="files">.*?</ul>', page, re.DOTALL)[0]


def test_an_image_has_its_place_before_it_comes(client, said):
    session, (address,) = said(("Grout, grey.png", png(64, 42)))

    shown = list_of_files(client.get(f"/sessions/{session}").text)

    for part in ('width="64"', 'height="42"', 'alt="Grout, grey.png"', 'loading="lazy"'):
        assert part in shown
    quoted = address.replace(" ", "%20").replace(",", ",")
    assert shown.count(quoted) == 2
    assert client.get(quoted).data == png(64, 42)


def test_other_files_are_links_with_their_size(client, said):
    session, _ = said(("Bill.pdf", b"%PDF-1.7\n" + bytes(1_400_000)), ("notes.txt", b"grey"))

    shown = list_of_files(client.get(f"/sessions/{session}").text)

    assert "<img" not in shown
    assert re.findall(r"<bdi class=\"file-name\">(.*?)</bdi>", shown) == ["Bill.pdf", "notes.txt"]
    assert re.findall(r"<span class=\"file-size\">(.*?)</span>", shown) == ["1.4 MB", "4 bytes"]


def test_a_message_of_a_file_alone_shows_the_file(client, said):
    session, _ = said(("a.png", png()), text="", made=[("b.png", png(9, 9))])
    page = client.get(f"/sessions/{session}").text

    assert page.count('class="picture ') == 2
    assert 'class="plain' not in re.search(r'<article id="m-1".*?</article>', page, re.DOTALL)[0]


HOSTILE = [
    '"><script>alert(1)</script>.png',
    "\u202egnp.exe",
    "a" * 300 + ".png",
    "../../../etc/passwd",
    "x' onerror='alert(1).png",
    "{{ 7*7 }}.png",
    "%2e%2e%2f?#.png",
    "日本 ё \u2067.png",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.one_database("What is shown is escaped after it was read.")
def test_a_hostile_name_is_text_and_leads_to_its_file(client, said, name):
    session, _ = said((name, png(7, 7)), (name, b"text of " + name.encode()))
    page = client.get(f"/sessions/{session}").text
    shown = list_of_files(page)

    assert "<script>alert" not in page
    assert attributes_in(shown) <= {
        "class",
        "href",
        "title",
        "src",
        "width",
        "height",
        "alt",
        "loading",
        "decoding",
        "download",
    }
    assert "\u202e" not in shown
    addresses = [
        address.replace("&#39;", "'").replace("&amp;", "&") for address in re.findall(r'href="([^"]+)"', shown)
    ]
    assert len(addresses) == 2
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].isascii()
        assert "\n" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("data", "media_type"), [(png(), "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp")]
)
def test_an_image_is_shown_and_can_run_nothing(client, said, data, media_type):
    _, (address,) = said(("picture.html", data))
    headers = client.get(address).headers

    assert headers["Content-Type"] == media_type
    assert headers["Content-Disposition"] == 'inline; filename="picture.html"'
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("name", "data"),
    [("page.png", HTML), ("drawing.png", SVG), ("drawing.svg", SVG), ("feed.xml", b"<?xml version='1.0'?><x/>"),
     ("app.js", b"alert(1)"), ("a.gif", b"GIF89a=1;alert(1)"), ("a.pdf", b"%PDF-1.7\n<script>alert(1)</script>"),
     ("utf7.txt", b"+ADw-script+AD4-alert(1)"), ("a.jpg", b"\xfe\xff\0<\0s\0c\0r\0i\0p\0t\0>")],
)  # fmt: skip
@pytest.mark.one_database("The type of a file is found before it is stored.")
def test_what_a_browser_could_run_is_a_download(client, said, name, data):
    session, (address,) = said((name, data))
    headers = client.get(address).headers

    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Type"] in {"application/octet-stream", "text/plain; charset=utf-8", "application/pdf"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "<img" not in list_of_files(client.get(f"/sessions/{session}").text)


def test_a_picture_with_a_program_inside_is_served_as_a_picture_alone(client, said):
    _, (address,) = said(("x.html", POLYGLOT))
    answer = client.get(address)

    assert (answer.data, answer.headers["Content-Type"]) == (POLYGLOT, "image/png")
    assert answer.headers.getlist("Content-Security-Policy") == ["default-src 'none'; sandbox"]


@pytest.mark.parametrize("size", [(30_000, 30_000), (0, 5)])
def test_a_picture_of_an_unusual_size_is_a_link(client, said, size):
    data = bytearray(png())
    data[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    session, _ = said(("bomb.png", bytes(data)))

    assert "<img" not in list_of_files(client.get(f"/sessions/{session}").text)


def test_a_name_that_no_message_gives_the_file_is_no_address(client, said):
    _, (address,) = said(("a.txt", b"text"))

    assert client.get(address).status_code == 200
    for other in (address.replace("a.txt", "invoice.exe"), address + "x", address[:-1], address.rpartition("/")[0]):
        assert client.get(other).status_code == 404


@pytest.mark.parametrize(
    "end", ["%00", "a.txt%00", "%ff%fe", "%ed%a0%80", "%2e%2e", "a" * 5000, "a.txt%0d%0aX: y", "%25"]
)
def test_a_malformed_name_is_a_404(client, said, end):
    _, (address,) = said(("a.txt", b"text"))
    answer = client.get(address.removesuffix("a.txt") + end)

    assert answer.status_code == 404
    assert "X" not in answer.headers


def test_a_page_loads_images_from_here_alone(client, said):
    session, _ = said(("a.png", png()))
    answer = client.get(f"/sessions/{session}")

    assert "img-src 'self';" in answer.headers["Content-Security-Policy"]
    assert not re.search(r'src="(?!/)', answer.text)


def test_a_struck_message_has_no_file_any_more(client, app, said):
    session, (address,) = said(("secret.png", png()))
    with app.app_context():
        turn = client.get(f"/api/v1/sessions/{session}").json["messages"]
        question = client.get(f"/messages/{turn[0]['id']}/strike").text
        assert "and its files" in question
        assert "secret.png" in question
        strike_message(ALICE, turn[0]["id"])

    assert client.get(address).status_code == 404
    page = client.get(f"/sessions/{session}").text
    assert "secret.png" not in page
    assert "Text removed on" in page


def test_an_edited_question_shows_its_files_while_it_has_no_answer(client, app, said):
    session, (address,) = said(("a.png", png(64, 42)))
    script(app, ("Half an ", AssistantFailed("The line broke.")))
    client.post(f"/sessions/{session}/edits", data={"content": "Look closer", "idx": "0", "assistant": "scripted"})
    eventually(lambda: "The line broke." in client.get(f"/sessions/{session}").text)
    page = client.get(f"/sessions/{session}").text

    live = page.partition('id="live"')[2]
    assert list_of_files(live) == list_of_files(page)
    assert f'src="{address}"' in live


def test_the_account_page_says_how_much_space_is_used(client, app, said):
    assert "Your chats have no files. There is room for 5.0 GB." in client.get("/account").text
    said(("a", b"x" * 1500), ("b", b"x" * 1500), ("c", b"y"))

    assert "Your chats have 2 files:\n1.5 kB of 5.0 GB." in client.get("/account").text


def test_the_copied_text_of_a_message_is_without_its_files(client, said):
    session, _ = said(("a.png", png()), text="Look **here**")

    assert client.get(f"/sessions/{session}/messages/0").text == "Look **here**"


def test_other_chats_show_no_list_of_files(client, app):
    with app.app_context():
        session = chat(ALICE, "Hello")

    assert 'class="files"' not in client.get(f"/sessions/{session.id}").text


def test_below_a_prefix_files_are_below_it_too(make_app):
    app = make_app(url_prefix="/minutes")
    with app.app_context():
        turn = say_with(ALICE, create_session(ALICE).id, "Look", ("a.png", png()), ("b.txt", b"b"))
    client = app.test_client()
    page = client.get(f"/minutes/sessions/{turn.session.id}").text
    message = client.get(f"/minutes/api/v1/sessions/{turn.session.id}", headers=BEARER).json["messages"][0]

    found = re.findall(r'(?:src|href)="([^"]+)"', list_of_files(page)) + [file["url"] for file in message["files"]]
    assert len(found) == 5
    for address in found:
        assert address.startswith("/minutes/")
        assert client.get(address, headers=BEARER if "/api/" in address else {}).status_code == 200
