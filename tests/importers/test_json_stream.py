"""JSON files are read an element at a time, and a broken element costs only itself."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.importers import json_stream
from webapp.importers.json_stream import read_elements, read_lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    def read(self, size=-1):
        return super().read(min(size, 7) if size > 0 else size)


def elements(document, stream=io.BytesIO):
    return list(read_elements(stream(document if isinstance(document, bytes) else document.encode())))


def values(document):
    return [element.value for element in elements(document) if element.error is None]


def errors(document):
    return [element.path for element in elements(document) if element.error is not None]


@given(st.lists(JSON), st.booleans(), st.sampled_from([io.BytesIO, Trickle]))
def test_an_array_of_any_values_is_read_back(expected, ascii_only, stream):
    document = json.dumps(expected, ensure_ascii=ascii_only, indent=ascii_only or None)
    found = elements(document.encode("utf-8", "surrogatepass"), stream)

    assert [element.error for element in found] == [None] * len(expected)
    assert [element.path for element in found] == [(index,) for index in range(len(expected))]
    assert json.dumps([element.value for element in found]) == json.dumps(json.loads(json.dumps(expected)))


def test_the_arrays_of_an_object_are_opened():
    found = elements('{"version": 1, "chats": [{"a": 1}, 2], "folders": {"x": [3]}, "none": []}')

    assert [(element.path, element.value) for element in found] == [
        (("version",), 1),
        (("chats", 0), {"a": 1}),
        (("chats", 1), 2),
        (("folders",), {"x": [3]}),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        '{"a": nope}',
        '{"a" 1}',
        '{"b": [1, 2}}',
        "tru",
        '{"text": "}]\\" {", "x": }',
        "{{}}",
        "[" * 100_000 + "]" * 100_000,
    ],
)
def test_a_broken_element_costs_only_itself(broken):
    document = f'[{{"a": 1}}, {broken}, {{"z": "é"}}]'

    assert values(document)[0] == {"a": 1}
    assert values(document)[-1] == {"z": "é"}
    assert errors(document)


@pytest.mark.parametrize("cut", range(1, 33))
def test_a_document_that_was_cut_gives_what_is_whole_and_says_so(cut):
    document = '[{"text": "one"}, {"text": "two"}]'[:cut]

    assert values(document) == [{"text": "one"}][: cut >= 16]
    assert errors(document)


def test_an_element_may_be_longer_than_what_is_read_at_once(monkeypatch):
    monkeypatch.setattr(json_stream, "_CHUNK", 64)
    long = "word “quoted” \\ " * 1_000

    assert values(json.dumps([long, 1.5, {"long": long}], ensure_ascii=False)) == [long, 1.5, {"long": long}]


def test_an_element_that_is_too_long_is_passed_over(monkeypatch):
    monkeypatch.setattr(json_stream, "_CHUNK", 64)
    monkeypatch.setattr(json_stream, "MOST_CHARACTERS", 1_000)
    document = json.dumps([1, {"long": ["]}" * 2_000]}, 2])

    assert values(document) == [1, 2]
    assert errors(document) == [(1,)]


def test_bytes_that_are_no_utf_8_are_replaced():
    assert values(b'\xef\xbb\xbf["caf\xe9", "ok"]') == ["caf\ufffd", "ok"]


def test_lines_are_numbered_as_in_the_file_and_a_torn_one_is_an_error():
    found = list(read_lines(io.BytesIO(b'{"a": 1}\r\n\n  \nnot json\n[2]\n{"torn": "')))

    assert [(element.path, element.value, element.error is None) for element in found] == [
        ((0,), {"a": 1}, True),
        ((3,), None, False),
        ((4,), [2], True),
        ((5,), None, False),
    ]


def test_a_line_that_is_too_long_is_an_error_of_its_own(monkeypatch):
    monkeypatch.setattr(json_stream, "MOST_CHARACTERS", 100)
    found = list(read_lines(io.BytesIO(json.dumps("x" * 500).encode() + b"\n1\n")))

    assert [(element.value, element.error is None) for element in found] == [(None, False), (1, True)]
