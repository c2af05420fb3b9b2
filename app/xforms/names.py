"""The names of nodes in a form. Names of the form itself begin with an underscore, as no code of an instrument does."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from app.scoring.instrument import Instrument

START: Final = "_start"
DAY: Final = "_day"
FINISHED: Final = "_finished"
DONE: Final = "_done"
VILLAGE: Final = "_village"
PLACE: Final = "_place"
CONSENT: Final = "_consent"
CARD: Final = "_card_number"
SALT: Final = "_salt"
INTERVIEW: Final = "_interview"
MEMBERS: Final = "_members"
HEAD_SEX: Final = "_head_sex"
STATE: Final = "_state"
HUNDREDTHS: Final = "_hundredths"
CATEGORY: Final = "_category"


@lru_cache(maxsize=64)
def node_names(instrument: Instrument) -> Mapping[str, str]:
    """The node of each question and roster."""
    return unique_names([*(each.code for each in instrument.questions), *(each.code for each in instrument.rosters)])


def unique_names(codes: Sequence[str]) -> dict[str, str]:
    """A name for each code. Two codes that differ in case alone get names that differ in more, as forms need them."""
    found: dict[str, str] = {}
    taken, used = set(codes), set[str]()
    for code in codes:
        name, number = code, 1
        while name.casefold() in used or (number > 1 and name in taken):
            number += 1
            name = f"{code}_{number}"
        used.add(name.casefold())
        found[code] = name
    return found


def asked(name: str) -> str:
    """The node that says whether a question is asked: 1, 0, or blank if nobody can tell."""
    return f"_asked_{name}"


def why(name: str) -> str:
    """The node with the reason why a question has no answer."""
    return f"_why_{name}"


def rows(name: str) -> str:
    """The node that asks how many rows a roster has."""
    return f"_rows_{name}"


def count(name: str) -> str:
    """The node with the number of rows of a roster."""
    return f"_count_{name}"


def person(part: str, roster: str) -> str:
    """The node with the sex, relation or birth_date of the person of a row."""
    return f"_{part}_{roster}"
