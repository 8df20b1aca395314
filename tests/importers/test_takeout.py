"""Gemini in a Google Takeout: records of all products, as JSON and as HTML, grouped to chats."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives, survives_damage
from tests.support.exports import EXPORTS, read_exports, shapes, text_of
from tests.support.uploads import read_json, read_text, read_zip, sample
from webapp.importers import left_out
from webapp.importers.takeout.dates import parse_date

GUESS = "*[the export does not mark where the answer begins; this is a guess]*"
HTML = "gemini/agentsview-MyActivity.html"
JSON = "gemini/knowledgemaxxing-MyActivity.json"


def test_the_html_without_marks():
    upload = read_exports(HTML)

    assert upload.origins == {"gemini-takeout"}
    assert shapes(upload.conversations) == ["u1 a1", "u1 a1"]
    first, second = upload.conversations
    assert first.create_time == datetime(2025, 1, 2, 19, 4, 5, tzinfo=UTC)
    assert text_of(first) == f"first prompt\n\n{GUESS}\n\n**first** answer & detail"
    assert text_of(second) == f"second prompt\n\n{GUESS}\n\nsecond answer"
    assert upload.counts == {left_out.NOT_A_CHAT: 3}
    assert "Canvas, Feedback, Unknown activity" in upload.left_out[0].reason


def test_files_of_other_products_have_no_chats():
    page, data = read_exports("gemini/knowledgemaxxing-MyActivity.html"), read_exports(JSON)

    assert page.conversations == []
    assert page.counts == {left_out.OTHER_PRODUCT: 2}
    assert page.left_out[0].reason == "There is no Gemini activity in this file: Chrome, Search."
    assert text_of(data.one()) == "what should I read to understand progress studies"
    assert data.counts == {left_out.OTHER_PRODUCT: 2, left_out.MISSING_PART: 1}


def record(title, time, html="", **more):
    answer = {"safeHtmlItem": [{"html": html}]} if html else {}
    return {"header": "Gemini Apps", "title": title, "time": time, "products": ["Gemini Apps"], **answer, **more}


def test_records_without_a_long_pause_are_one_chat_in_the_order_of_time():
    upload = read_json(
        [
            record("Prompted four", "2025-01-02T12:00:00.000Z", "<p>4</p>"),
            record("Prompted three", "2025-01-02T10:30:00.000Z", "<p>3</p>"),
            record("Asked two", "2025-01-02T10:00:00.000Z", "<ul><li>2</li></ul>"),
            record("Said one", "2025-01-02T10:00:00.000Z"),
        ]
    )

    assert [text_of(one) for one in upload.conversations] == ["four\n\n4", "one\n\ntwo\n\n- 2\n\nthree\n\n3"]
    assert [one.external_id for one in upload.conversations] == ["2025-01-02T12:00:00.000Z", "2025-01-02T10:00:00.000Z"]


def test_the_oldest_first_is_read_as_well_and_equal_times_are_two_chats():
    upload = read_json(
        [
            record("Prompted one", "2025-01-02T10:00:00Z", "<p>1</p>"),
            record("Prompted two", "2025-01-02T10:10:00Z", "<p>2</p>"),
            record("Prompted b", "2025-01-03T10:00:00Z", "<p>b</p>"),
            record("Prompted c", None, "<p>c</p>"),
            record("Prompted b", "2025-01-03T10:00:00Z", "<p>b</p>"),
        ]
    )

    assert [text_of(one) for one in upload.conversations] == ["one\n\n1\n\ntwo\n\n2", "b\n\nb", "c\n\nc", "b\n\nb"]
    assert [one.external_id for one in upload.conversations][1:] == [
        "2025-01-03T10:00:00.000Z",
        None,
        "2025-01-03T10:00:00.000Z#2",
    ]


def test_other_languages_are_taken_by_their_answer():
    upload = read_json(
        [
            record("메시지: 안녕", "2025-01-02T10:00:00Z", "<p>네</p>", header="Gemini 앱", products=["Gemini 앱"]),
            record("사용함", "2025-01-03T10:00:00Z", header="Gemini 앱", products=["Gemini 앱"]),
            record("Created a Gem", "2025-01-03T10:00:00Z"),
            record("Gave feedback", "2025-01-03T10:00:00Z"),
        ]
    )

    assert text_of(upload.one()) == "메시지: 안녕\n\n네"
    assert upload.counts == {left_out.NOT_A_CHAT: 3}


def test_attached_files_lie_beside_the_records():
    import json

    records = [
        record(
            "Prompted Look. Attached 2 files.",
            "2025-01-02T10:00:00Z",
            "<p>Ok</p>",
            attachedFiles=["a.png", {"name": "b.pdf"}],
        ),
        record("Prompted And? Attached 1 file.", "2025-01-02T09:59:00Z", '<img src="https://x.test/a" alt="A cat">'),
    ]
    folder = "Takeout/My Activity/Gemini Apps"
    upload, files = read_zip(
        {f"{folder}/MyActivity.json": json.dumps(records), f"{folder}/a.png": b"\x89PNG", f"{folder}/other.bin": b"\0x"}
    )

    assert files == {"a.png": b"\x89PNG"}
    assert text_of(upload.one()) == (
        "And?\n\n*[file, not in the export]*\n\n*[image: A cat, not in the export]*\n\n"
        "Look.\n\n*[file: b.pdf, not in the export]*\n\nOk"
    )
    assert upload.counts == {left_out.MISSING_FILE: 3, left_out.UNUSED_FILE: 1}


def cell(product, content, head=""):
    return (
        f'<div class="outer-cell mdl-cell"><div class="mdl-grid"><div class="header-cell"><p class="mdl-typography--title">{product}<br>'
        f'</p>{head}</div><div class="content-cell mdl-cell">{content}</div><div class="content-cell right"></div></div></div>'
    )


def test_html_with_the_date_between_prompt_and_answer_is_no_guess():
    page = "<html><body>" + "".join(
        [
            cell("Gemini Apps", "Prompted What is <b>this</b>?<br>Line two<br>Nov 13, 2025, 9:50:57 AM CST<br><p>An <i>answer</i>.</p><ul><li>x</li></ul>"),
            cell("Gemini Apps", "Used an app<br>Nov 13, 2025, 9:50:57 AM CST<br>"),
            cell("YouTube", "Watched x<br>Nov 13, 2025, 9:50:57 AM CST<br>"),
            cell("Gemini-Apps", "Gefragt: Was?<br>13.11.2025, 08:50:57 MEZ<br><p>Das.</p>"),
        ]
    )  # fmt: skip
    upload = read_text(page, "Meine Aktivitäten.html")

    assert [text_of(one) for one in upload.conversations] == [
        "What is **this**?  \nLine two\n\nAn *answer*.\n\n- x",
        "Gefragt: Was?\n\nDas.",
    ]
    assert [one.create_time.isoformat() for one in upload.conversations] == [
        "2025-11-13T15:50:57+00:00",
        "2025-11-13T07:50:57+00:00",
    ]
    assert upload.counts == {left_out.NOT_A_CHAT: 1, left_out.OTHER_PRODUCT: 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jan 2, 2025, 3:04:05 PM EDT", "2025-01-02T19:04:05+00:00"),
        ("Jan 3, 2025, 3:04:05\u202fPM PST", "2025-01-03T23:04:05+00:00"),
        ("Jan 4, 2025, 12:04:05 AM GMT+05:30", "2025-01-03T18:34:05+00:00"),
        ("Jan 4, 2025, 12:04:05 PM GMT-3", "2025-01-04T15:04:05+00:00"),
        ("4 January 2025, 15:04:05 GMT", "2025-01-04T15:04:05+00:00"),
        ("Sept 4, 2025, 1:04:05 AM UTC", "2025-09-04T01:04:05+00:00"),
        ("Foo 4, 2025, 1:04:05 AM UTC", None),
        ("Feb 31, 2025, 1:04:05 AM UTC", None),
        ("Jan 1, 0001, 1:04:05 AM GMT+9", None),
        ("on Jan 2, 2025, 3:04:05 PM EDT", None),
    ],
)
def test_dates_for_people(text, expected):
    moment = parse_date(text)

    assert (moment and moment.isoformat()) == expected


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_damage_is_an_error(random):
    survives_damage([*sample(JSON), record("Prompted a", "2025-01-02T10:00:00Z", "<p>x</p>")], "gemini-takeout", random)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_damage_of_a_page_is_an_error(random):
    data = bytearray((EXPORTS / HTML).read_bytes())
    for _ in range(random.randint(1, 20)):
        start = random.randrange(len(data))
        data[start : start + random.randint(0, 30)] = random.choice(
            (b"", b"<", b">", b'"', b'<div class="outer-cell', b"</div>", b"<table><tr>", b"<pre>", b"\xff\xfe", b"<!--", b"<a href='")
        )  # fmt: skip
    survives(bytes(data), "gemini-takeout")
    survives(bytes(data), None)


def test_files_that_are_listed_under_a_prompt():
    content = (
        'Prompted Look<br>Attached 2 files.<br>-&nbsp; <a href="cat_1-ab.png">cat_1.png</a><br>-&nbsp; <a href="b.pdf">b.pdf</a><br>'
        "Nov 13, 2025, 9:50:57 AM CST<br><p>Ok</p>"
    )
    page = f"<html><body>{cell('Gemini Apps', content)}"
    folder = "Takeout/My Activity/Gemini Apps"
    upload, files = read_zip({f"{folder}/MyActivity.html": page, f"{folder}/cat_1-ab.png": b"\x89PNG"})

    assert files == {"cat_1-ab.png": b"\x89PNG"}
    assert text_of(upload.one()) == "Look\n\n*[file: b.pdf, not in the export]*\n\nOk"


def test_files_in_the_subtitles_of_a_record():
    subtitles = [{"name": "Attached 1 file."}, {"name": "-  cat.png", "url": "cat-ab.png"}]
    one = read_json([record("Prompted Look", "2025-01-02T10:00:00Z", "<p>Ok</p>", subtitles=subtitles)]).one()

    assert text_of(one) == "Look\n\n*[file: cat-ab.png, not in the export]*\n\nOk"


def test_words_about_files_within_a_prompt_stay():
    one = read_json([record("Prompted Attached 2 files. Why?", "2025-01-02T10:00:00Z", "<p>Ok</p>")]).one()

    assert text_of(one) == "Attached 2 files. Why?\n\nOk"


def test_a_number_that_is_too_long_for_a_time_costs_nothing():
    one = read_json([record("Prompted Q", 10**400, "<p>A</p>")]).one()

    assert (text_of(one), one.create_time, one.external_id) == ("Q\n\nA", None, None)
