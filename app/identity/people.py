"""Finds who is plainly the same person in two lists of people that a family told."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

Person = Mapping[str, Any]
"""JSON with name, nik, sex, birth_date and relation, as far as they are known."""

_FACTS: Final = ("sex", "birth_date", "nik")
"""Members that the same person never has in two ways."""
_KEPT: Final = ("name", "nik", "sex", "birth_date")
"""Members that stay known of a person if a later interview leaves them out. Relations change."""


def pair_people(earlier: Sequence[Person], later: Sequence[Person]) -> dict[int, int]:
    """Positions in `later`, each with the position of the same person in `earlier`.

    The same NIK is the same person. So is the same name without regard to case, accents and punctuation, if sex, birth
    date and NIK do not contradict it, and if it fits only one person in each list.
    """
    niks = {each["nik"]: position for position, each in enumerate(earlier) if each.get("nik")}
    pairs = {position: niks[each["nik"]] for position, each in enumerate(later) if each.get("nik") in niks}
    open_before = [position for position in range(len(earlier)) if position not in set(pairs.values())]
    open_after = [position for position in range(len(later)) if position not in pairs]
    names = [[_fold(each.get("name")) for each in people] for people in (earlier, later)]
    fitting = [
        (after, before)
        for after in open_after
        for before in open_before
        if names[1][after] and names[1][after] == names[0][before] and _agree(earlier[before], later[after])
    ]
    counts = Counter(("later", after) for after, _ in fitting) + Counter(("earlier", before) for _, before in fitting)
    alone = {after: before for after, before in fitting if counts["later", after] == counts["earlier", before] == 1}
    return pairs | alone


def complete_person(later: Person, earlier: Person) -> dict[str, Any]:
    """The person of the later list, with what only the earlier list says."""
    return {**{name: earlier[name] for name in _KEPT if earlier.get(name)}, **later}


def is_named(person: Person) -> bool:
    """Whether a person can be recognised again, by a name or a NIK."""
    return bool(person.get("nik") or person.get("name"))


def _agree(one: Person, other: Person) -> bool:
    return all(one[name] == other[name] for name in _FACTS if one.get(name) and other.get(name))


def _fold(name: str | None) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", (name or "").casefold()) if letter.isalnum())
