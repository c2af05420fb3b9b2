"""Every place of a request that takes a value, found in the OpenAPI document, and requests with another value there."""

import copy
import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from tests.access_matrix.resources import Call

Steps = tuple[str | int, ...]
Document = Mapping[str, Any]

UNKNOWN = "unknown"
"""The name of a member that no body has."""


@dataclass(frozen=True, slots=True)
class Place:
    """A member of a body or form, a column, or a parameter. `steps` lead to it."""

    operation: str
    kind: Literal["application/json", "application/x-www-form-urlencoded", "text/csv", "query", "path", "header"]
    steps: Steps

    def __str__(self) -> str:
        return f"{self.operation} {self.kind} {'/'.join(map(str, self.steps))}"


def find_places(document: Document) -> list[Place]:
    """Every place once. A member that may be null would be there twice, because its schema is a choice."""
    return list(dict.fromkeys(_places(document)))


def _places(document: Document) -> Iterator[Place]:
    for path, methods in document["paths"].items():
        segments = path.split("/")
        for operation in methods.values():
            name = operation["operationId"]
            for each in operation.get("parameters", ()):
                of_path = each["in"] == "path"
                yield Place(name, each["in"], (segments.index(f"{{{each['name']}}}") if of_path else each["name"],))
            yield Place(name, "query", (UNKNOWN,))
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                if media_type == "text/csv":
                    members: Iterator[Steps] = ((each,) for each in content["example"].split("\n")[0].split(";"))
                elif content["schema"].get("type") == "string":
                    continue  # the same file in another format
                else:
                    members = _members(content["schema"], document, ())
                yield from (Place(name, media_type, steps) for steps in members)


def _members(schema: Document, document: Document, steps: Steps) -> Iterator[Steps]:
    """The steps to every member that is no object with members of its own, and to an unknown one in each object."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf", [schema]):
        if "$ref" in choice or "anyOf" in choice:
            yield from _members(choice, document, steps)
        elif choice.get("type") == "object":
            for name, member in choice.get("properties", {}).items():
                yield from _members(member, document, (*steps, name))
            for below in (choice.get("additionalProperties"), *choice.get("patternProperties", {}).values()):
                if isinstance(below, Mapping) and below:
                    yield from _members(below, document, (*steps, UNKNOWN))
            yield (*steps, UNKNOWN)
        elif choice.get("type") == "array":
            yield from _members(choice["items"], document, (*steps, 0))
        else:
            yield steps


def change(call: Call, place: Place, value: object) -> Call:
    """The request with another value at the place."""
    if place.kind == "application/json":
        return _with_body(call, "application/json", _dump(_put(call.sent.get("json", {}), place.steps, value)))
    text = value if isinstance(value, str) else json.dumps(value)
    if place.kind == "path":
        parts = call.path.split("/")
        parts[int(place.steps[0])] = quote(text, safe="", errors="surrogatepass")
        return Call(call.method, "/".join(parts), _without(call.sent, "form", "cells"))
    name = str(place.steps[0])
    if place.kind == "query":
        # A list in a query is a parameter that is named several times.
        params = {**call.sent.get("params", {}), name: value if isinstance(value, list) and value else text}
        address = f"{call.path}?{urlencode(params, doseq=True, errors='surrogatepass')}"
        return Call(call.method, address, _without(call.sent, "params", "form", "cells"))
    if place.kind == "header":
        # A header holds printable ASCII.
        shown = text.encode("ascii", "replace").decode().translate(dict.fromkeys((*range(32), 127), "?"))
        headers = {**call.sent.get("headers", {}), name: shown}
        return Call(call.method, call.path, {**_without(call.sent, "form", "cells"), "headers": headers})
    if place.kind == "text/csv":
        return _with_body(call, place.kind, _table({**call.sent.get("cells", {}), name: text}))
    return _with_body(call, place.kind, urlencode({**call.sent["form"], name: text}, errors="surrogatepass").encode())


def _without(sent: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name not in names}


def _with_body(call: Call, media_type: str, content: bytes) -> Call:
    return Call(call.method, call.path, {"content": content, "headers": {"Content-Type": media_type}})


def _dump(body: object) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(body).encode()


def _table(cells: Mapping[str, str]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerows([list(cells), list(cells.values())])
    return written.getvalue().encode("utf-8", "surrogatepass")


def _put(body: Any, steps: Steps, value: object) -> Any:
    """A copy of a body with another value at the steps. It makes the objects and lists that lead there."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        listed = list(body) if isinstance(body, list) else []
        return [_put(listed[0] if listed else None, rest, value), *listed[1:]]
    below = dict(body) if isinstance(body, dict) else {}
    # The members of an object that has no fixed names, such as submissions by id, are reached by a name it has.
    step = next(iter(below), step) if step == UNKNOWN and rest and below else step
    return {**below, step: _put(copy.copy(below.get(step)), rest, value)}
