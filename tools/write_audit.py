"""Writes docs/audit.md from the kinds in app/services/audit/kinds.py: `python -m tools.write_audit`."""

from pathlib import Path
from typing import Final

from app.services.audit.kinds import KINDS

PAGE: Final = Path(__file__).parents[1] / "docs" / "audit.md"

_HEAD: Final = """\
# What is audited

This page lists every kind of entry in the audit log. `python -m tools.write_audit` writes it from the code, and a
test compares the two. Do not edit this page. The [guide for auditors](guides/auditors.md) explains how to read and
check the log.

An entry names the time, the caller, the kind, the region, the subject (`noun:id`), the request and `detail`. The
caller is an agency, a person, somebody of an outside issuer, or the command line. `detail` holds ids, codes, counts,
times, keyed marks and the names of what changed. It never holds a family's answers, names, numbers or address, or any
other text that somebody typed. `app/services/audit/details.py` lists every member with its shape.

A look is audited if it is a look at a family's matters or at what watches over them. These are submissions,
searches, families, identities, purposes, consents, subject requests, exports, the audit log and addresses. It makes no
difference whose submissions they are, so a kader's look at an own submission is audited too. A list is one entry, no
matter how many rows it has. Sums of families name no family, and their reading is not audited. Nor is the reading of
accounts and agencies, whose every change is. `tests/routers/audit/test_looks.py` names every operation that reads,
with the kind of its entry or with the reason why it leaves none.

| kind | meaning |
| --- | --- |
"""


def render() -> str:
    """The text of the page."""
    return _HEAD + "".join(f"| `{kind}` | {meaning} |\n" for kind, meaning in sorted(KINDS.items()))


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
