"""The log: JSON lines on standard output. It never holds a family's answers."""

import logging
import sys
from typing import Any, Final

import structlog

log: Final = structlog.get_logger()

_FRAMES: Final = 8


def configure_logging(level: str) -> None:
    """Sends our lines and those of libraries to standard output as JSON. `level` is debug, info, warning or error.

    Our own lines bypass the logging module because there is one for each request.
    """
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
    # Our own line for each request says more, and it leaves out path parameters and the query.
    logging.getLogger("uvicorn.access").disabled = True


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
