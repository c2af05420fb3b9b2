"""What the service offers, as its OpenAPI document says. Tests leave out acts for which it has no route."""

import re
from collections.abc import Mapping
from typing import Any


def offered(described: Mapping[str, Any]) -> frozenset[str]:
    """Operations such as `POST /v1/rounds/{}/settle`, and parameters such as `PUT /v1/submissions/{} If-Match`."""
    found = set[str]()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {re.sub('{[^}]*}', '{}', path)}"
            found |= {name, *(f"{name} {each['name']}" for each in operation.get("parameters", ()) if "name" in each)}
    return frozenset(found)
