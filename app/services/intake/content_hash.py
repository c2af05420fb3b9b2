"""The content hash of a submission: equal content has an equal hash, however the JSON is written."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(content: Mapping[str, Any], region: str) -> bytes:
    """SHA-256 over the body in RFC 8785 canonical JSON, with the region's undotted code.

    All names are ASCII and all numbers are integers, so sorting the names is all that the canonical form needs.
    """
    return hashlib.sha256(_CANONICAL.encode({**content, "region": region}).encode("utf-8")).digest()
