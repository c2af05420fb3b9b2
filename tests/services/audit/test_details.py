"""What an audit entry may hold: listed members, each with its shape, and no words of anybody."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.services.audit.details import _PATTERNS, COUNTED, LOOKS, NESTED, check_detail, check_subject
from tests.support.source import FILES, name_of, tree_of
from tests.test_routes import app_routes

ID = "5b0f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20"
LISTED = {*_PATTERNS, *COUNTED, *NESTED, "subject"}
MARK = "0123456789ab:" + "0f" * 16


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"found": [ID, ID], "by": "card", "purpose": "complaint", "letter": MARK},
        {"before": {"restricted_at": None}, "after": {"restricted_at": "2026-11-26T01:02:03.000004+00:00"}},
        {"affected": [{"region": "6372061004", "dotted": "63.72.06.1004", "above": ["637206", "ID"], "year": 2025,
                       "instrument": "ikk-29", "version": "2025.1", "families": {"before": 3, "after": 2}}]},
        {"fields": ["people", "answers.toilet_2", "family.head_sex"], "people": [0, 2]},
        {"scope": "submissions:write submissions:read", "grant": "password", "restricted": True},
        {"wanted": {"subject": f"family:{ID}", "kind": "identity.read", "region": "ID"}, "entries": 0},
    ],
)  # fmt: skip
def test_ids_codes_moments_counts_and_marks_may_be_held(detail: dict[str, Any]) -> None:
    check_detail(detail)


WORDS = [
    "Siti Aminah",
    "siti",
    "siti_aminah",
    "siti-aminah",
    "SITI",
    "6372010101900001",
    "6372.0101.0190.0001",
    "460/112",
    "2025-1",
    "",
    "x\x00",
    "\ud800",
    "complaint\n",
    f"{ID}\n",
    f" {ID}",
]
MEMBERS = ["found", "purpose", "letter", "version_mark", "consent", "fields", "kind", "region", "given_at", "reason",
           "problem", "look", "scope", "role", "subject", "status", "channel", "grant", "people", "year"]  # fmt: skip


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("text", WORDS)
def test_no_member_holds_words(member: str, text: str) -> None:
    for value in (text, [text], {"purpose": text}):
        with pytest.raises((ValueError, TypeError)) as error:
            check_detail({member: value})
        assert not text or text not in str(error.value)


@pytest.mark.parametrize(
    "detail",
    [
        {"note": None},
        {"name": "x"},
        {"entries": 6372010101900001},
        {"entries": 1.5},
        {"entries": b"x"},
        {"purpose": 3},
        {"by": True},
        {"found": [{"name": "x"}]},
        {"before": {"name": "x"}},
        {"affected": [{"note": "x"}]},
        {"after": {1: 2}},
        {"found": object()},
    ],
)
def test_members_that_are_not_listed_or_have_another_shape_are_refused(detail: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        check_detail(detail)


@pytest.mark.parametrize("subject", [None, f"family:{ID}", f"submission:{ID}", "key:0123456789ab"])
def test_a_subject_is_a_noun_and_an_id(subject: str | None) -> None:
    check_subject(subject)


@pytest.mark.parametrize(
    "subject", ["family:siti", "siti", f"siti:{ID}", f"family:{ID} siti", "family:6372010101900001"]
)
def test_a_subject_holds_no_words(subject: str) -> None:
    with pytest.raises(ValueError, match="noun:id"):
        check_subject(subject)


def test_every_route_on_families_can_be_named_by_a_refusal() -> None:
    watched = {route.operation_id for route in app_routes(pages=False) if type(route).__name__ == "WatchedRoute"}
    assert watched == set(LOOKS)
    paths = ("/v1/families", "/v1/subject-requests", "/v1/held-submissions/{id}/erase")
    assert {route.operation_id for route in app_routes(pages=False) if route.path.startswith(paths)} == watched


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def members_in(node: ast.AST, assigned: Mapping[str, list[ast.expr]]) -> Iterator[str]:
    """The names of members in a written dictionary, or in those that a variable of the same function holds."""
    match node:
        case ast.Call():
            return  # What a call gets is not what it returns.
        case ast.Name(id=name):
            for value in assigned.get(name, ()):
                yield from members_in(value, {other: each for other, each in assigned.items() if other != name})
        case ast.Dict(keys=keys):
            yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    for each in ast.iter_child_nodes(node):
        yield from members_in(each, assigned)


def recorded_by(function: ast.AST) -> Iterator[str]:
    """The names of members that a function gives to `record`, to a `_record` of its module, or to an `Event`."""
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ("record", "_record"):
            for keyword in node.keywords:
                if keyword.arg not in ("region", "subject"):
                    yield from () if keyword.arg is None else (keyword.arg,)
                    yield from members_in(keyword.value, assigned)
        elif node.func.id in ("Event", "taking_detail"):
            yield from members_in(node.args[-1], assigned)


def test_every_member_that_the_code_records_is_listed() -> None:
    found = {
        (name_of(file), member)
        for file in FILES
        for function in functions(tree_of(file))
        for member in recorded_by(function)
    }
    assert {("app/services/families/finding.py", "found"), ("app/services/access/grants.py", "valid_until")} <= found
    assert {member for _, member in found} - LISTED == set(), found


def test_an_unlisted_member_is_seen() -> None:
    code = (
        'def f():\n    after = {"shoe_size": 1}\n    record(s, c, "k", region=r, colour=2, after=after, **{"hat": 3})'
    )
    assert set(recorded_by(ast.parse(code))) == {"after", "shoe_size", "colour", "hat"}
