"""The content hash of a submission: equal content has an equal hash, however the JSON is written."""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.platform.canonical_json import canonical, without_nulls


def content_hash(content: Mapping[str, Any], region: str) -> bytes:
    """SHA-256 over a valid body as sent, in RFC 8785 canonical JSON. Absent and null members are the same content.

    Only the region's code is not hashed as sent but undotted. Texts are hashed before they are normalised.
    """
    return hashlib.sha256(canonical({**without_nulls(content), "region": region})).digest()
