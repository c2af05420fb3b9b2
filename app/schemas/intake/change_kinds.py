"""The kinds of changes to submissions, with their meanings and the letters by which they are stored."""

from collections.abc import Mapping
from typing import Final, Literal

ChangeKind = Literal[
    "submission.taken",
    "submission.corrected",
    "submission.left",
    "submission.counted",
    "submission.restricted",
    "submission.lifted",
    "submission.reassigned",
    "submission.erased",
    "submission.reviewed",
]
CHANGE_KINDS: Final[Mapping[ChangeKind, str]] = {
    "submission.taken": "It was stored",
    "submission.corrected": "Its content was replaced, and its revision is higher",
    "submission.left": "A correction put it into another village, year or version. This is where it was before",
    "submission.counted": "Another change decided whether it counts, or whether it counts with a card number",
    "submission.restricted": "Its family was restricted, so it counts in nothing and nobody reads it",
    "submission.lifted": "The restriction of its family was lifted",
    "submission.reassigned": "It was found to be another family's",
    "submission.erased": "It was erased",
    "submission.reviewed": "The state of its review changed",
}
LETTERS: Final[Mapping[ChangeKind, str]] = {
    "submission.taken": "t",
    "submission.corrected": "c",
    "submission.left": "l",
    "submission.counted": "n",
    "submission.restricted": "r",
    "submission.lifted": "f",
    "submission.reassigned": "a",
    "submission.erased": "e",
    "submission.reviewed": "v",
}
"""How a kind is stored."""
