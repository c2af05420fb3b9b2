"""Questions whose answer can shame, endanger or incriminate a single family, beside those that the file marks.

A released file never changes, so the marks that the first two files lack stand here. They mark only violence and law.
`Instrument.sensitive_questions` joins both. Later versions carry all marks themselves. Need that the teams exist to
answer is not on the list, such as income, savings, meals, housing and schooling
(docs/decisions/0018-who-reads-outcomes.md).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_BOTH: Final = {
    "marriage_document": "no document can mean a child marriage or a second marriage, which are prosecuted",
    "spouses_live_together": "tells of a conflict in a marriage",
    "malnourished_child": "is a diagnosis of a child",
    "chronic_illness": "tells of an illness, and some illnesses make neighbours keep away",
    "difficulty": "tells of a disability",
    "money_openness": "tells of money and debts that spouses keep from each other",
    "elderly_cared_for": "neglect in a household is an offence",
    "religious_activity": "a family that keeps away is marked in its village",
}
SENSITIVE_QUESTIONS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = MappingProxyType(
    {
        ("ikk-29", "2025.1"): {**_BOTH, "difficulty_served": "tells of a severe disability"},
        ("ketahanan-24", "2016.1"): _BOTH,
    }
)
"""For each code and version of an instrument, the codes of these questions, each with the reason."""
