"""Writes docs/audit.md from the kinds in app/services/audit/kinds.py: `python -m tools.write_audit`."""

from pathlib import Path
from typing import Final

from app.services.audit.kinds import KINDS

PAGE: Final = Path(__file__).parents[1] / "docs" / "audit.md"

_HEAD: Final = """\
# What is on record

Every kind of entry in the audit log. Written by `python -m tools.write_audit` from the code; a test holds the two
together. Do not edit this page. How to read and check the log: [auditors](guides/auditors.md).

An entry says when, who (agency, person, somebody of an outside issuer, the command line), what kind, in which region,
to what (`noun:id`), in which request, and `detail`. Detail holds ids, codes, counts, times and the names of what was
changed; never a family's answers, names, numbers or address.

| kind | meaning |
| --- | --- |
"""


def render() -> str:
    """The text of the page."""
    return _HEAD + "".join(f"| `{kind}` | {meaning} |\n" for kind, meaning in sorted(KINDS.items()))


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
