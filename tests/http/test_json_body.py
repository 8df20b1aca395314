"""Every door that takes JSON refuses the same bodies with the same statuses, before it looks at a value."""

from io import BytesIO

import pytest

pytestmark = pytest.mark.one_database("It is refused before any row is read.")

PATHS = ("/api/v1/chat", "/v1/chat/completions")
JSON = "application/json"

REFUSED = {
    "no media type": (None, b"{}", 415),
    "another media type": ("text/plain", b"{}", 415),
    "nothing": (JSON, b"", 400),
    "no JSON": (JSON, b"{", 400),
    "no UTF-8": (JSON, b'{"content": "\xff"}', 400),
    "half a character": (JSON, rb'{"content": "\ud83d"}', 400),
    "nested without end": (JSON, b"[" * 100_000, 400),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("path", PATHS)
def test_what_is_no_json_is_refused_alike(client, path, name):
    media_type, body, status = REFUSED[name]
    answer = client.post(path, data=body, content_type=media_type)
    assert answer.status_code == status, answer.text
    assert answer.headers.get("Accept") == (JSON if status == 415 else None)


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_does_not_say_its_length_is_never_cut(app, client, path):
    most = 12 * 16 * 100_000 + 10_000
    body = b'{"content": "' + b"a" * most
    answer = client.post(
        path,
        input_stream=BytesIO(body),
        content_type=JSON,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413, answer.text
