"""Writes docs/access.md from the scopes of the routes and the roles in the code: `python -m tools.write_access`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.access import ROLES, SCOPES
from tools.write_problems import openapi, operations

PAGE: Final = Path(__file__).parents[1] / "docs" / "access.md"

_HEAD: Final = """\
# Who may do what

`python -m tools.write_access` writes this page from the scopes that routes require and the roles in the code, and a
test compares them. Do not edit this page.

A caller acts only inside its regions. A code stands for its whole subtree, and a scope counts only in the regions
where it was granted. Outside your regions, requests by id return 404, requests that name a region return 403, and
lists leave those rows out. `tests/access_matrix/matrix.py` says what every operation returns for every role, inside
and outside its regions. The tests make all of these requests.
"""


def render() -> str:
    """The text of the page."""
    return "\n".join([_HEAD, _roles(), _matrix(operations(openapi()))])


def _roles() -> str:
    rows = [
        f"| `{code}` | {role.name[0]} | {role.name[1]} | {_levels(role.levels)} | "
        + " ".join(f"`{scope}`" for scope in SCOPES if scope in role.scopes)
        + " |"
        for code, role in ROLES.items()
    ]
    head = [
        "## Roles of people",
        "",
        "| role | Indonesian | English | granted in | scopes |",
        "| --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows, ""])


def _levels(levels: frozenset[Any]) -> str:
    return ", ".join(level for level in ("village", "district", "regency", "province", "country") if level in levels)


def _matrix(known: Mapping[str, Mapping[str, Any]]) -> str:
    head = [
        "## Operations",
        "",
        f"| operation | scope | {' | '.join(ROLES)} |",
        f"| --- | --- {'| --- ' * len(ROLES)}|",
    ]
    return "\n".join([*head, *(_row(name, operation) for name, operation in known.items()), ""])


def _row(name: str, operation: Mapping[str, Any]) -> str:
    security = operation.get("security")
    if not security:
        return f"| `{name}` | public | {' | '.join('yes' for _ in ROLES)} |"
    alternatives = [each["oauth2"] for each in security if "oauth2" in each]
    may = ["yes" if any(set(each) <= role.scopes for each in alternatives) else "" for role in ROLES.values()]
    needed = " or ".join(f"`{scope}`" for each in alternatives for scope in each)
    return f"| `{name}` | {needed or 'any token'} | {' | '.join(may)} |"


def main() -> None:
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
