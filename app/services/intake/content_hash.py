"""The content hash of a submission: equal content has an equal hash, however the JSON is written."""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.platform.canonical_json import canonical, without_nulls
from app.schemas.intake.purpose import DEFAULT_PURPOSE


def content_hash(content: Mapping[str, Any], region: str) -> bytes:
    """SHA-256 over a valid body as sent, in RFC 8785 canonical JSON. Absent and null members are the same content.

    So is a purpose that is the default, because some generated clients send it and others do not. Only the region's
    code is not hashed as sent but undotted. Texts are hashed before they are normalised.
    """
    hashed = {**without_nulls(content), "region": region}
    if hashed.get("purpose") == DEFAULT_PURPOSE:
        del hashed["purpose"]
    return digest_of(canonical(hashed))


def digest_of(text: bytes) -> bytes:
    """The content hash of what is hashed."""
    return hashlib.sha256(text).digest()
