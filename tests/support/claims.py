"""Claims of access tokens, for tests that sign or forge their own tokens."""

import time
from typing import Any
from uuid import uuid4

Claims = dict[str, Any]


def claims(**changed: Any) -> Claims:
    """The claims of a valid token. None leaves a claim out."""
    now = int(time.time())
    said: Claims = {
        "iss": "http://127.0.0.1:8000",
        "aud": "ikk",
        "sub": str(uuid4()),
        "kind": "agency",
        "scope": "submissions:write",
        "regions": ["63"],
    }
    said |= {"iat": now, "exp": now + 600, "jti": str(uuid4())} | changed
    return {name: value for name, value in said.items() if value is not None}
