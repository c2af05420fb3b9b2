"""What is told when others hold what a transaction needs."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from app.problems import Problem, kinds
from app.services.intake.batcher import HELD_UP


@contextmanager
def contended_if_held_up() -> Iterator[None]:
    """A block in which a deadlock, or a lock that is not given in time, becomes the problem contended."""
    try:
        yield
    except (DBAPIError, *HELD_UP) as error:
        cause = getattr(error.orig, "__cause__", None) if isinstance(error, DBAPIError) else error
        if isinstance(cause, HELD_UP):
            raise Problem(kinds.CONTENDED) from error
        raise
