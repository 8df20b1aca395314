"""A server-sent event carries any text, and a stream is sent on at once."""

import pytest
from flask import Flask

from webapp.http.events import PING, stream_response, wants_events, write_event


def test_an_event_names_its_id_and_kind_before_its_data():
    assert write_event("{}", event="delta", id="a:1") == "id: a:1\nevent: delta\ndata: {}\n\n"
    assert write_event("{}") == "data: {}\n\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_line_end_in_the_data_begins_a_field(end):
    event = write_event(f"one{end}event: forged{end}{end}id: forged")
    assert event == "data: one\ndata: event: forged\ndata: \ndata: id: forged\n\n"
    assert "\r" not in event


def test_separators_that_are_no_line_ends_stay():
    assert write_event("a\u2028b\u0085c\x0bd") == "data: a\u2028b\u0085c\x0bd\n\n"


def test_a_stream_is_neither_gathered_nor_of_known_length():
    response = stream_response(iter([PING]), {"X-More": "yes"})
    assert response.content_type == "text/event-stream; charset=utf-8"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["X-More"] == "yes"
    assert response.content_length is None


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", True),
        ("application/json, text/event-stream;q=0.1", True),
        ("text/event-stream;q=0", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_events_are_wanted_by_who_names_them(accept, wanted):
    with Flask(__name__).test_request_context(headers={"Accept": accept}):
        assert wants_events() is wanted
