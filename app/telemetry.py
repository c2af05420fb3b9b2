"""What the service says about itself: request ids, one log line a request, metrics. Never what a family said.

A log line names the route's template, not the path or query; metrics count by template, method and status.
"""

import logging
import re
import sys
import time
from typing import Any, Final
from uuid import uuid4

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.audit import REQUEST_ID

log: Final = structlog.get_logger()

_FRAMES: Final = 8
_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def configure_logging(level: str) -> None:
    """JSON lines on standard output, ours and the libraries' alike; ours go straight there, being one a request."""
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Types and places only: an exception's text can carry values of a statement, and so of a family.
        _describe_exception,
    ]
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, render],
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # Our own line per request says more, and its path parameters and query less.
    logging.getLogger("uvicorn.access").disabled = True


def _describe_exception(logger: Any, method: str, event: Any) -> Any:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        places = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["exception"] = type(error).__qualname__
        event["traceback"] = places[-_FRAMES:]
    return event


class Metrics:
    """The metrics of one application; a registry of its own, so that two in one test do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Histogram(
            "ikk_request_seconds",
            "Time to answer, by route and status",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self.running = Gauge("ikk_requests_running", "Requests being answered", registry=self.registry)
        self.submissions = Counter(
            "ikk_submissions_total",
            "Submissions by what became of them: stored, resent",
            ["outcome"],
            registry=self.registry,
        )
        self.subject_requests = Gauge(
            "ikk_subject_requests",
            "Requests of families by right that are not closed, by state: open, overdue (which are open too)",
            ["state"],
            registry=self.registry,
        )
        self.audit_waiting = Gauge(
            "ikk_audit_waiting", "Audit entries that await sealing, counted up to 10000", registry=self.registry
        )
        self.audit_oldest = Gauge(
            "ikk_audit_oldest_seconds", "Age of the oldest audit entry that awaits sealing", registry=self.registry
        )
        self.audit_sealed = Counter(
            "ikk_audit_sealed_total", "Audit entries that this process sealed", registry=self.registry
        )


class Observe:
    """Outermost layer: gives each request its id, answers it as X-Request-ID, then logs and counts the request.

    Also answers for what nobody foresaw, as the layer that does so by default stands outside of any of ours.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, answer_internal: ASGIApp) -> None:
        self._app = app
        self._metrics = metrics
        self._answer_internal = answer_internal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = sent.decode("ascii") if _REQUEST_ID.fullmatch(sent) else str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        outer = REQUEST_ID.set(request_id)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode("ascii"))]
            await send(message)

        started = time.perf_counter()
        self._metrics.running.inc()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            log.error("unexpected", request_id=request_id, exc_info=error)
            if status:
                raise
            await self._answer_internal(scope, receive, send_with_id)
        finally:
            REQUEST_ID.reset(outer)
            self._metrics.running.dec()
            self._record(scope, request_id, status, time.perf_counter() - started)

    def _record(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        # Anything can be sent as a method: each would be a metric, and a line of text, of the sender's own.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).observe(seconds)
        log.info(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            caller=getattr(scope["state"].get("caller"), "id", None),
        )
