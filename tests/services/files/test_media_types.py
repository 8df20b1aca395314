"""What a file is says its content. Its name says nothing."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.files import png
from webapp.services.files.media_types import TextCheck, media_type_of, size_of_image, told_type

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b08002a004001011100ffd9")
GIF = b"GIF89a\x40\x00\x2a\x00\x80\x00\x00" + bytes(6) + b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0\x3b"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (63).to_bytes(3, "little") + (41).to_bytes(3, "little")

TYPES = {
    "png": (png(64, 42), "image/png"),
    "jpeg": (JPEG, "image/jpeg"),
    "gif": (GIF, "image/gif"),
    "webp": (WEBP, "image/webp"),
    "pdf": (b"%PDF-1.7\n1 0 obj\n", "application/pdf"),
    "zip": (b"PK\3\4" + bytes(60), "application/zip"),
    "text": ("Grüße\n\tan alle 🎉".encode(), "text/plain"),
    "text in UTF-16": ("Grüße".encode("utf-16"), "text/plain"),
    "empty": (b"", "text/plain"),
    "program": (b"import os\nprint(1 < 2)\n", "text/plain"),
    "less than": (b"< 5 is few", "text/plain"),
    "html": (b"<!DOCTYPE html><p>x", "text/html"),
    "html after space": (b"\n  <HTML><script>alert(1)</script>", "text/html"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/svg+xml"),
    "svg in xml": (b"<?xml version='1.0'?><!-- x --><svg/>", "text/xml"),
    "svg after a comment": (b"<!-- x -->\n<svg onload='alert(1)'>", "image/svg+xml"),
    "xml": (b"<?xml version='1.0'?><a/>", "text/xml"),
    "noise": (bytes(range(256)) * 4, "application/octet-stream"),
    "a program that is a picture, too": (b"GIF89a=1;alert(document.domain)", "text/plain"),
}


def found(data):
    check = TextCheck()
    for start in range(0, len(data), 5):
        check.feed(data[start : start + 5])
    check.feed(b"", is_last=True)
    return media_type_of(data[:4096], is_text=check.is_text)


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_found_in_the_bytes(name):
    data, media_type = TYPES[name]
    assert found(data) == media_type


@pytest.mark.parametrize("name", ["png", "jpeg", "gif", "webp"])
def test_the_size_of_an_image_is_read(name):
    data, media_type = TYPES[name]
    assert size_of_image(io.BytesIO(data), media_type) == (64, 42)


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", png(9, 9)[:20], b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ", GIF[:7]]
)
def test_a_torn_image_has_no_size(data):
    assert size_of_image(io.BytesIO(data), "image/png") == (None, None)


@pytest.mark.parametrize("name", ["html", "svg", "xml", "noise", "svg in xml"])
def test_what_a_browser_could_run_is_told_as_bytes(name):
    assert told_type(TYPES[name][1]) == "application/octet-stream"


@given(st.binary(max_size=300), st.sampled_from(sorted(data for data, _ in TYPES.values())))
def test_any_bytes_have_a_type_and_perhaps_a_size(noise, beginning):
    data = beginning[:30] + noise
    media_type = found(data)
    width, height = size_of_image(io.BytesIO(data), media_type)

    assert media_type.count("/") == 1
    assert (width is None) == (height is None)
