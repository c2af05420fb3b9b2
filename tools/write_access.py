"""Writes docs/access.md from the routes, roles and sensitive questions in the code: `python -m tools.write_access`."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from app.access import ROLES, SCOPES
from app.scoring.disclosure import FEW_FAMILIES
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.reading.format_1_sensitive import SENSITIVE_QUESTIONS
from tools.write_problems import openapi, operations

PAGE: Final = Path(__file__).parents[1] / "docs" / "access.md"
_INSTRUMENTS: Final = sorted((Path(__file__).parents[1] / "app" / "instruments").glob("*.toml"))

_HEAD: Final = """\
# Who may do what

`python -m tools.write_access` writes this page from the scopes that routes require, the roles and the sensitive
questions in the code, and a test compares them. Do not edit this page.

A caller acts only inside its regions. A code stands for its whole subtree, and a scope counts only in the regions
where it was granted. Outside your regions, requests by id return 404, requests that name a region return 403, and
lists leave those rows out. `tests/access_matrix/matrix.py` says what every operation returns for every role, inside
and outside its regions. The tests make all of these requests.
"""

_FAMILY: Final = f"""\
## What a reader gets of a family

| reader | which submissions | sensitive outcomes | content hash |
| --- | --- | --- | --- |
| the sender, with either scope there | what it sent | yes | by `GET /v1/submissions/{{id}}` and `?mine=true` |
| `submissions:read` and `submissions:sensitive` | all of its regions | yes | no |
| `submissions:read` alone | all of its regions | withheld | no |

- What you may not read returns 404 by its id, and lists leave it out.
- Only the sender gets answers, by `GET /v1/submissions/{{id}}/answers`, for some days and
  without the identity. An outcome can still tell one. If an indicator reads one yes/no question, its
  outcome is the answer.
- Where outcomes are withheld, everything shown follows from the visible ones. `score.withheld` is true, the outcome
  is `withheld`, and contributions are null. The index and a dimension with such an indicator have `lowest` and
  `highest` in place of a value. The category is shown if it is the same in every case,
  which is rare with the shipped instruments.
- A list shows content hashes to the sender alone, with `mine=true`. Answers could be tried against them.
- After a correction at the family's request, its sender gets what any other reader gets, as the family told the rest
  to somebody else.
- A warning of a check is withheld like an outcome if the check reads a sensitive question, because it tells the answer.
- A restricted family is hidden from every reader. If its sender sends an interview again, the response still holds the
  receipt and the score.
- `POST /v1/scores` scores the caller's own answers and withholds nothing.
- A family's export, for its members, has everything. A [data protection officer](guides/data-protection-officers.md)
  makes it.

**Aggregates.** There are two kinds of figures, and nothing between them:

| reader | figures of the region | sensitive indicators |
| --- | --- | --- |
| `aggregates:read` alone | [released](guides/releases.md), also with `submissions:sensitive` | protected \
like all others, with the larger base |
| with `submissions:review` in the region | exact and live, and released ones with `release` | hidden |
| with `submissions:review` and `submissions:sensitive` in the region | the same | exact |

- Released figures are the same bytes for every reader. A village has figures of its own from {FEW_FAMILIES} \
families on.
  No combination of them tells a family's answer ([0052](decisions/0052-releases.md)).
- Where sensitive indicators are hidden, they are null with the reason `small` at every level. So are the \
dimensions that
  have one, the groups above these, and `index.of_indicators`. All other counts are exact, also of a single family,
  because this reader reads those answers of each family anyway.
- The mean of the indexes and the categories mix sensitive outcomes with others. They are hidden with fewer than
  {FEW_FAMILIES} families, and where only one dimension has sensitive indicators. With `version` or `basis` \
they are hidden if
  fewer than {FEW_FAMILIES} families make the difference to another comparable version or to the other basis.
- Over time the mean tells more: read before and after one interview, it tells how much that family lost in \
all sensitive
  questions together. Grant reviews to people who may know that.
- Progress (`families`, expected, coverage) is exact for every reader.

### Sensitive questions

Indicators that read one of these questions are sensitive. The questions are marked in the instrument's file or listed
in `app/scoring/reading/format_1_sensitive.py`.
"""


_EXPORT_KEYS: Final = """\
## Export keys

Office programs cannot get tokens. A person or an agency with `aggregates:read` makes an export key by
`POST /v1/export-keys`. The program sends it by Basic authentication. The key's id is the user name, and its secret the
password.

- A key reads by GET what the table below marks with *key*, and nothing else accepts it. It has `aggregates:read` in one
  region and no other scope. So it reads released figures, also where its owner reads exact ones.
- It lives by its owner's rights. While the account is disabled, or holds no `aggregates:read` in the key's region any
  more, the key is refused. It also ends by its date, at most 366 days after it was made.
- Its owner revokes it, and so does whoever holds `people:manage` (of a person's key) or `agencies:manage` (of an
  agency's) in its region. They see it in `GET /v1/export-keys` with the day of its last use, but never its secret.
- Its requests count for its owner's rate. Wrong secrets count for the address, apart from sign-ins.
- Use it over https only. Basic authentication sends the secret with every request.
"""


def render() -> str:
    """The text of the page."""
    return "\n".join([_HEAD, _roles(), _FAMILY, *_sensitive(), _EXPORT_KEYS, _matrix(operations(openapi()))])


def _sensitive() -> Iterator[str]:
    """A table for each instrument. All its shipped versions have the same sensitive questions."""
    shipped = [read_instrument(file.read_bytes()) for file in _INSTRUMENTS]
    for code, group in groupby(shipped, key=lambda each: each.code):
        versions = list(group)
        assert len({each.sensitive_questions for each in versions}) == 1, code
        reasons = SENSITIVE_QUESTIONS[code, versions[0].version]
        head = [f"**{code} {' and '.join(each.version for each in versions)}**", ""]
        rows = [
            f"| `{question.code}` | {', '.join(_readers(question.code, versions[0]))} | "
            f"{reasons.get(question.code, 'asked in private, as the file says')} |"
            for question in versions[0].questions
            if question.code in versions[0].sensitive_questions
        ]
        yield "\n".join([*head, "| question | indicators | why |", "| --- | --- | --- |", *rows, ""])


def _readers(question: str, instrument: Instrument) -> list[str]:
    """The indicators that read a question."""
    return [
        each.code
        for each in instrument.main.indicators
        if question in instrument.questions_read(each.applies_when, each.fulfilled_when)
    ]


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
    needed = " or ".join(f"`{scope}`" for each in alternatives for scope in each) or "any token"
    key = ", *key*" if {"basic": []} in security else ""
    return f"| `{name}` | {needed}{key} | {' | '.join(may)} |"


def main() -> None:
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
