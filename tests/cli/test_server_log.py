"""What the server writes to stderr: in the form that was asked for, and without what was sent to it."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
import threading

import pytest

from tests.support.accounts import BEARER
from tests.support.loops import run
from tests.support.provider import refuses, running
from tests.support.server import Server
from webapp.observability.logs import Stderr, TextFormatter
from webapp.server.failures import log_failures, log_loop_failures

MARK = "Zebrafish"
_BODY = json.dumps({"content": MARK})
_CHAT = f"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: {BEARER['Authorization']}\r\nContent-Type: application/json\r\n"

#: Requests that are answered, refused or fail, and that cannot be understood in one way or another.
SENT = {
    "whole": f"GET /search?q={MARK} HTTP/1.1\r\nHost: localhost\r\nCookie: minutebook={MARK}\r\n\r\n",
    "chat": f"{_CHAT}Content-Length: {len(_BODY)}\r\n\r\n{_BODY}",
    "invitation": f"GET /invitations/{MARK} HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "version": f"GET /search?q={MARK} HTTP/9.9\r\n\r\n",
    "line": f"GET /search?q={MARK}\r\n\r\n",
    "method": f"{MARK}% /{MARK} HTTP/1.1\r\n\r\n",
    "header": f"GET /{MARK} HTTP/1.1\r\nHost: localhost\r\n{MARK} {MARK}: {MARK}\r\n\r\n",
    "long": f"GET /{MARK * 2000} HTTP/1.1\r\n\r\n",
    "headers": f"GET /{MARK} HTTP/1.1\r\nX-{MARK}: {MARK * 2000}\r\n\r\n",
    "coding": f"POST /{MARK} HTTP/1.1\r\nTransfer-Encoding: {MARK}\r\n\r\n",
    "chunks": f"{_CHAT}Transfer-Encoding: chunked\r\n\r\n{MARK}\r\n{MARK}\r\n",
    "half": f"GET /{MARK} HTTP/1.1\r\nHost: local",
    "half a body": f"{_CHAT}Content-Length: 1000\r\n\r\n{_BODY}",
}


def send(port, text):
    """Send bytes as they are, with nothing to follow, and return what is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := connection.recv(65_536):
                answer += piece
        except ConnectionResetError:
            pass
    return answer.decode(errors="replace")


@pytest.mark.slow
@pytest.mark.one_database("What is logged does not depend on the database.")
def test_whatever_is_sent_to_a_real_server_its_log_does_not_quote_it(database_url, tmp_path):
    wanted = {"MINUTEBOOK_LOG_LEVEL": "debug", "MINUTEBOOK_LOG_FORMAT": "json", "OPENAI_API_KEY": "sk-of-the-operator"}
    with running(refuses(400, MARK)) as provider:
        server = Server(database_url, tmp_path, OPENAI_BASE_URL=provider.url, OPENAI_MODELS="grout", **wanted)
        try:
            answers = {name: send(server.port, text) for name, text in SENT.items()}
        finally:
            server.stop()

    written = server.log.read_text()
    assert "HTTP/1.1 502 " in answers["chat"]
    assert MARK in answers["chat"]
    assert MARK.lower() not in written.lower()
    logged = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    # All but what `serve` itself says.
    assert [line for line in written.splitlines() if not line.startswith("{")] == [
        f"Minutebook is at {server.url} (Ctrl+C stops it)"
    ]
    assert {line["route"] for line in logged if "route" in line} >= {"/search", "/api/v1/chat", "/invitations/<secret>"}
    assert {answers[name].split(" ")[1] for name in ("line", "method", "header", "coding")} == {"400"}
    assert answers["long"].split(" ")[1] == "414"
    assert [line for line in logged if line["message"].startswith("Assistant openai failed")]
    assert not [line for line in logged if line["logger"] == "gunicorn.access"]


def test_what_fails_where_nobody_hears_of_it_is_logged_and_not_quoted(monkeypatch, capsys):
    # They are put back after the test.
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    handler = Stderr(TextFormatter(), logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        log_failures()
        thread = threading.Thread(target=lambda: int(MARK))
        thread.start()
        thread.join()

        async def fail():
            log_loop_failures(asyncio.get_running_loop())
            asyncio.get_running_loop().call_soon(int, MARK)
            await asyncio.sleep(0.01)

        run(fail())
    finally:
        logging.getLogger().removeHandler(handler)

    written = capsys.readouterr().err
    assert MARK not in written
    assert "A thread failed: ValueError [" in written
    assert "The event loop failed: ValueError" in written


def test_the_supervisor_is_spared_what_only_workers_need():
    wanted = "{'flask', 'sqlalchemy', 'pydantic', 'uvicorn', 'asyncio', 'webapp.services'}"
    code = f"import sys, webapp.server.__main__; print({wanted} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
