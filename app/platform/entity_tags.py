"""Entity tags of contents, and how much contents are compressed."""

import hashlib
from typing import Final

GZIP_LEVEL: Final = 4
"""An instrument of 52 KB takes 1.0 ms and leaves 14.0 KB. Level 6 takes 1.5 ms and leaves 13.4 KB."""


def strong_tag_of(*parts: str) -> str:
    """The strong entity tag of content that follows from these parts, byte for byte, and that is never compressed."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f'"{digest[:32]}"'


def tag_of(media_type: str, content: bytes) -> str:
    """The weak entity tag of content in a media type."""
    digest = hashlib.sha256(b"\n".join((media_type.encode("latin-1"), content))).hexdigest()
    return f'W/"{digest[:32]}"'
