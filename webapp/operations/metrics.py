"""Prometheus metrics: no content, names, addresses or ids.

With several workers, each writes its values to a folder, and the worker that is asked adds them up.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from webapp.api import errors
from webapp.config.settings import METRICS_FOLDER
from webapp.http.audience import Audience
from webapp.http.doors import Door
from webapp.observability import request_context
from webapp.services.ingest.values import READ, UNDO, WRITE
from webapp.services.jobs.running import ENDINGS as JOB_ENDINGS
from webapp.services.jobs.running import job_ended
from webapp.services.keeping.jobs import BACKUP
from webapp.services.live import ENDINGS, replies_counted, reply_ended
from webapp.state import current, provide
from webapp.urls import SIGN_IN

pages = Blueprint("metrics", __name__)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "minutebook_requests",
            "Requests by method, route and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "minutebook_request_seconds",
            "Seconds until the answer to a request began.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._limited = Counter(
            "minutebook_limited_requests", "Requests refused as too many.", ("route",), registry=self._registry
        )
        self._failed_sign_ins = Counter(
            "minutebook_failed_sign_ins", "Sign-ins with a wrong name or password.", registry=self._registry
        )
        self._replies = Counter(
            "minutebook_replies", "Replies of assistants by how they ended.", ("ending",), registry=self._registry
        )
        self._writing = Gauge(
            "minutebook_replies_writing",
            "Replies of assistants that are being written now.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._jobs = Counter(
            "minutebook_jobs",
            "Imports, undos and backups by how they ended.",
            ("kind", "ending"),
            registry=self._registry,
        )
        for ending in ENDINGS:
            self._replies.labels(ending)
        for labels in product((READ, WRITE, UNDO, BACKUP), JOB_ENDINGS):
            self._jobs.labels(*labels)

    def count_request(self, response: Response) -> Response:
        method, route, status = request_context.method(), request_context.route(), response.status_code
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(request_context.seconds())
        if status == 429:
            self._limited.labels(route).inc()
        elif status == 401 and (method, route) == ("POST", SIGN_IN):
            self._failed_sign_ins.inc()
        return response

    def count_end(self, _app: Flask, *, ending: str, **_more: Any) -> None:
        self._replies.labels(ending).inc()

    def count_job(self, _app: Flask, *, kind: str, ending: str, **_more: Any) -> None:
        self._jobs.labels(kind, ending).inc()

    def set_writing(self, _app: Flask, *, count: int, **_more: Any) -> None:
        self._writing.set(count)

    def text(self) -> bytes:
        """Write the numbers of all processes in Prometheus' text format."""
        folder = os.environ.get(METRICS_FOLDER)
        if folder is None:
            return generate_latest(self._registry)
        _delete_dead_gauges(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def init_metrics(app: Flask) -> None:
    """Count from now on."""
    metrics = provide(app, Metrics())
    app.after_request(metrics.count_request)
    reply_ended.connect(metrics.count_end, sender=app)
    job_ended.connect(metrics.count_job, sender=app)
    replies_counted.connect(metrics.set_writing, sender=app)


@pages.get("/metrics")
def show() -> Response:
    """Show the numbers."""
    return Response(current(Metrics).text(), content_type=CONTENT_TYPE_LATEST)


#: A program reads it: its errors are those of the API.
METRICS = Door(prefix="/metrics", audience=Audience.OPERATOR, errors=errors, blueprints=(pages,), init=init_metrics)


def _delete_dead_gauges(folder: Path) -> None:
    """Delete the gauges of dead workers: a process that is gone writes no reply."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdecimal() and not _is_alive(int(pid)):
            # Another worker may delete the same file at this moment.
            with suppress(FileNotFoundError):
                mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
