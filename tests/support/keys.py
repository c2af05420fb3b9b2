"""Key rings for tests."""

from pathlib import Path

from app.platform.key_ring import KeyRing, make_ring


def good_ring(file: Path) -> KeyRing:
    """A ring that may be used, as if somebody had compared it with a database that names no key."""
    ring = make_ring(file)
    ring.settle(ring.newest(), ())
    return ring
