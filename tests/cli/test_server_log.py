"""What the server writes to stderr: in the form that was asked for, and without what was sent to it."""

import json
import logging
import socket
import subprocess
import sys
import threading

import pytest
from gunicorn.config import Config

from tests.accounts import BEARER
from tests.agent.provider import refuses, running
from tests.server import Server
from webapp.server_log import ServerLog

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
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_whatever_is_sent_to_a_real_server_its_log_does_not_quote_it(database_url, tmp_path):
    wanted = {"MINUTEBOOK_LOG_LEVEL": "debug", "MINUTEBOOK_LOG_FORMAT": "json", "OPENAI_API_KEY": MARK}
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
    assert len([line for line in logged if line["message"].startswith("Invalid request: gunicorn.http.errors.")]) >= 6
    assert [line for line in logged if line["message"].startswith("Assistant openai failed")]
    assert not [line for line in logged if line["logger"] == "gunicorn.access"]


def test_the_server_quotes_neither_requests_nor_failures(monkeypatch, capsys):
    # They are put back after the test.
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    config = Config()
    config.set("loglevel", "debug")
    log = ServerLog(config)
    try:
        raise ValueError(MARK)
    except ValueError as error:
        log.warning(f"Invalid request from ip=203.0.113.9: {MARK}")  # noqa: G004 - as gunicorn writes it
        log.exception("Error handling request %s %s", "GET", f"/search?q={MARK}")
        log.warning("Exception during worker exit:\n%s", f"Traceback ValueError: {MARK}")
        log.debug("%s %s", "GET", f"/{MARK}")
        log.debug("Ignored premature client disconnection. %s", error)
        log.info("Listening at: %s (%s)", "http://127.0.0.1:8000", 7)
    thread = threading.Thread(target=lambda: int(MARK))
    thread.start()
    thread.join()

    invalid, failed, ended, request, ignored, listening, died = capsys.readouterr().err.splitlines()
    assert MARK not in "".join((invalid, failed, ended, request, ignored, listening, died))
    assert "203.0.113.9" not in invalid
    assert invalid.endswith("Invalid request: ValueError")
    assert "A request failed: ValueError [" in failed
    assert ended.endswith("Exception during: ValueError")
    assert request.endswith(" - … …")
    assert ignored.endswith("disconnection. ValueError")
    assert listening.endswith("Listening at: http://127.0.0.1:8000 (7)")
    assert "A thread failed: ValueError [" in died
    logging.getLogger("gunicorn.error").handlers.clear()


def test_the_servers_first_process_is_spared_what_only_workers_need():
    code = "import sys, webapp.server_log; print({'sqlalchemy', 'pydantic', 'webapp.services'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
