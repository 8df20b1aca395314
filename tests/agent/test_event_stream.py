"""The reader of server-sent events, against the rules and examples of the WHATWG's HTML standard, section 9.2."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.agent.event_stream import EventTooLongError, ServerSentEvent, read_events

CLEF = "\U0001d11e"


def events(*pieces, **limits):
    return list(read_events(pieces, **limits))


def data(*pieces):
    return [event.data for event in events(*pieces)]


def bytewise(stream):
    return [stream[at : at + 1] for at in range(len(stream))]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_a_line_ends_in_three_ways(end):
    stream = end.join([b"event: a", b"data: 1", b"data: 2", b"", b"data: 3", b"", b""])
    wanted = [ServerSentEvent("1\n2", "a"), ServerSentEvent("3")]

    assert events(stream) == wanted
    assert events(*bytewise(stream)) == wanted


def test_the_ends_of_lines_may_be_mixed():
    assert data(b"data: 1\r\ndata: 2\rdata: 3\n\r\ndata: 4\r\r") == ["1\n2\n3", "4"]


def test_a_crlf_that_is_split_is_one_end():
    assert data(b"data: 1\r", b"\ndata: 2\r", b"", b"\n\r", b"\n") == ["1\n2"]


def test_an_event_comes_with_the_cr_of_its_blank_line():
    """Whether an LF follows may only be known with the next event."""
    came = []

    def pieces():
        yield b"data: 1\r\n\r"
        came.append("later")
        yield b"\ndata: 2\r\n\r\n"

    stream = read_events(pieces())
    assert next(stream).data == "1"
    assert came == []
    assert [event.data for event in stream] == ["2"]


def test_the_lines_of_an_event_are_joined():
    assert data(b"data: YHOO\ndata: +2\ndata: 10\n\n") == ["YHOO\n+2\n10"]


def test_the_standards_example_of_comments_and_ids():
    stream = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"

    assert events(stream) == [
        ServerSentEvent("first event", last_id="1"),
        ServerSentEvent("second event"),
        ServerSentEvent(" third event"),
    ]


def test_the_standards_example_of_empty_data():
    assert data(b"data\n\ndata\ndata\n\n") == ["", "\n"]


def test_the_standards_example_of_one_space():
    assert data(b"data:test\n\ndata: test\n\n") == ["test", "test"]


@pytest.mark.parametrize("line", [b"data", b"data:", b"data: "])
def test_a_field_without_a_value_is_empty(line):
    assert events(b"event: a\n" + line + b"\n\n") == [ServerSentEvent("", "a")]


@pytest.mark.parametrize("field", [b":comment", b":", b"retry: 10", b"retry: soon", b"other: x", b"other", b"Data: x", b" data: x", b"data : x"])  # fmt: skip
def test_what_is_no_known_field_is_passed_over(field):
    assert events(field + b"\ndata: 1\n" + field + b"\n\n") == [ServerSentEvent("1")]


def test_a_type_holds_for_its_own_event_only():
    assert [event.type for event in events(b"event: a\ndata: 1\n\ndata: 2\n\n")] == ["a", "message"]


def test_the_last_of_several_types_counts_and_an_empty_one_is_a_message():
    assert [event.type for event in events(b"event: a\nevent: b\ndata\n\nevent: a\nevent\ndata\n\n")] == [
        "b",
        "message",
    ]


def test_an_event_without_data_is_none_and_leaves_no_type_behind():
    assert events(b"event: ping\n\n\n\ndata: 1\n\n") == [ServerSentEvent("1")]


def test_an_id_holds_until_another_one_comes_even_without_data():
    stream = b"id: 1\n\ndata: a\n\nid: 2\ndata: b\n\nid: with\0nought\ndata: c\n\n"

    assert [event.last_id for event in events(stream)] == ["1", "2", "2"]


def test_a_value_keeps_its_colons_and_its_spaces():
    assert data(b'data: a: b : c \n\ndata:{"a": 1}\n\n') == ["a: b : c ", '{"a": 1}']


@pytest.mark.parametrize("stream", [b"\xef\xbb\xbfdata: 1\n\n", b"\xef\xbb\xbf\ndata: 1\n\n"])
def test_a_byte_order_mark_at_the_beginning_is_no_text(stream):
    assert data(stream) == data(*bytewise(stream)) == ["1"]


@pytest.mark.parametrize("stream", [b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\n\n", b"\n\xef\xbb\xbfdata: 1\n\n"])
def test_only_one_and_only_there(stream):
    assert data(stream) == []


def test_a_character_may_be_split_anywhere():
    stream = f"data: ü中{CLEF}\n\n".encode()

    assert data(*bytewise(stream)) == [f"ü中{CLEF}"]


def test_other_ends_of_lines_are_characters():
    stream = "data: a\u2028b\u2029c\u0085d\x0be\x0cf\n\n".encode()

    assert data(stream) == ["a\u2028b\u2029c\u0085d\x0be\x0cf"]


def test_bytes_that_are_no_utf_8_become_replacement_characters():
    assert data(b"data: a\xffb\xe4\xb8\n\n") == ["a\ufffdb\ufffd"]


@pytest.mark.parametrize("rest", [b"data: 2", b"data: 2\n", b"data: 2\nid: 7\n", b"data: 2\r", b"data: 2\n: end"])
def test_the_last_event_needs_no_blank_line(rest):
    """The standard drops it. Some providers leave the line out, and the last event has the end of the answer."""
    assert data(b"data: 1\n\n" + rest) == data(*bytewise(b"data: 1\n\n" + rest)) == ["1", "2"]


@pytest.mark.parametrize("rest", [b": end", b"event: ping", b"id: 7\n", b"retry: 3\r\n"])
def test_what_is_no_event_is_none_at_the_end_either(rest):
    assert data(b"data: 1\n\n" + rest) == ["1"]


def test_an_empty_stream_has_no_events():
    assert events() == events(b"") == events(b"", b"") == []


def test_an_event_comes_before_the_next_piece_is_asked_for():
    def pieces():
        yield b"data: 1\n\n"
        raise ConnectionError

    stream = read_events(pieces())
    assert next(stream).data == "1"
    with pytest.raises(ConnectionError):
        next(stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * 20,
        b"data: " + b"x" * 20 + b"\n\n",
        b":" + b"x" * 20,
        b"x" * 30,
        b"data: 1234\n" * 5 + b"\n",
        b"data\n" * 30,
    ],
    ids=["line", "whole line", "comment", "no field", "data", "empty lines"],
)
def test_a_line_and_an_event_have_a_greatest_length(stream):
    for pieces in ([stream], bytewise(stream)):
        with pytest.raises(EventTooLongError):
            events(*pieces, max_length=20)


def test_up_to_the_greatest_length_they_are_taken():
    stream = b"data: " + b"x" * 14 + b"\n\n"

    assert [event.data for event in events(*bytewise(stream * 3), max_length=20)] == ["x" * 14] * 3


def test_a_long_line_in_a_hundred_thousand_pieces_is_read():
    line = b"data: " + b"x" * 100_000 + b"\n\n"

    assert data(*bytewise(line)) == ["x" * 100_000]


pieces_of_streams = st.lists(
    st.sampled_from([b"data: 1", b"data:", b"data", b"event: a", b"id: 7", b":", b" ", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", "中".encode(), b"\xff", b"\0"]),
    max_size=30,
).map(b"".join)  # fmt: skip


@given(pieces_of_streams, st.lists(st.integers(0, 100)))
def test_it_does_not_matter_where_the_pieces_end(stream, cuts):
    ends = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    pieces = [stream[start:end] for start, end in itertools.pairwise(ends)]

    assert events(*pieces) == events(stream) == events(*bytewise(stream))


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1))
def test_any_text_comes_through(lines):
    stream = "".join(f"data: {line}\n" for line in lines).encode() + b"\n"

    assert data(stream) == ["\n".join(lines)]
