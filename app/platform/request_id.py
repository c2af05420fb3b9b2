"""The id of the HTTP request that this task serves. It is in the log line, in X-Request-ID and in audit entries."""

from contextvars import ContextVar
from typing import Final

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""None outside of a request."""
