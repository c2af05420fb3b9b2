"""The log: JSON lines on standard output. At no level does it hold answers, tokens, paths or queries.

Our own lines say only what we put into them. Libraries could quote anything: their debug lines hold headers and
addresses, and their messages hold texts of exceptions. `_Terse` therefore keeps the fixed part of each message.
"""

import logging
import sys
import time
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final, TextIO

import structlog

log: Final = structlog.get_logger()

_FRAMES: Final = 8
_output: TextIO | None = None
"""Where lines of requests go at once. None if the log has no such lines, or if nobody has configured it."""


def configure_logging(level: str) -> None:
    """Sends our lines and those of libraries to standard output as JSON. `level` is debug, info, warning or error.

    Our own lines bypass the logging module because there is one for each request.
    """
    global _output
    chosen = logging.getLevelNamesMapping()[level.upper()]
    _output = sys.stdout if chosen <= logging.INFO else None
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Types and code locations only. An exception's text can hold values of a statement, and so of a family.
        _describe_exception,
    ]
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, render],
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(formatter)
    output.addFilter(_Terse())
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(max(chosen, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
        # Its lines say that the server starts and stops. Lines about single connections are below debug.
        server.setLevel(max(chosen, logging.INFO))
    # Our own line for each request says more, and it leaves out path parameters and the query.
    logging.getLogger("uvicorn.access").disabled = True


def log_request(request_id: str, method: str, route: str, status: int, seconds: float, caller: str | None) -> None:
    """Writes the line of a request, which is `log.info("request", …)` in a fifth of its time."""
    milliseconds = round(seconds * 1000, 2)
    if not structlog.is_configured() or _output is None:
        log.info(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            milliseconds=milliseconds,
            caller=caller,
        )
        return
    named = "null" if caller is None else encode_basestring(caller)
    second, parts = divmod(time.time_ns() // 1000, 1_000_000)
    fraction = f".{parts:06}" if parts else ""
    _output.write(
        f'{{"request_id": "{request_id}", "method": "{method}", "route": "{route}", "status": {status}, '
        f'"milliseconds": {milliseconds}, "caller": {named}, "event": "request", "level": "info", '
        f'"timestamp": "{_written(second)}{fraction}Z"}}\n'
    )
    _output.flush()


@lru_cache(maxsize=2)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class _Terse(logging.Filter):
    """Cuts a library's message to its first line, without values. An exception is named by `_describe_exception`.

    Only uvicorn's messages keep their values, which are addresses to listen at and numbers. What it says of a failed
    start is a whole traceback, so the exception is taken from where it was caught.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage() if record.name.partition(".")[0] == "uvicorn" else str(record.msg)
        record.msg, _, more = text.partition("\n")
        record.args, record.stack_info = (), None
        if more and not record.exc_info:
            record.exc_info = sys.exc_info()
        return True


def _describe_exception(logger: Any, method: str, event: Any) -> Any:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["exception"] = type(error).__qualname__
        event["traceback"] = frames[-_FRAMES:]
    return event
