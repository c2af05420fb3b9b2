"""How commands write the names and numbers of an instrument in the language of the command line."""

from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

from app.language.catalogue import language, say
from app.scoring.parts import Text
from app.scoring.rounding import rounded

_DECIMALS: Final = 6


class _Named(Protocol):
    @property
    def code(self) -> str: ...

    @property
    def name(self) -> Text: ...


def named(entry: _Named) -> str:
    """The code of an index, group, indicator or category, with its name."""
    return f"{entry.code} – {spoken(entry.name)}"


def spoken(text: Text) -> str:
    return text.id if language() == "id" else text.en


def number(value: Fraction, shown: Fraction | None = None, *, decimals: int = _DECIMALS) -> str:
    """A number rounded to decimals, or as it is `shown`. If that is not all of it, the exact fraction stands behind."""
    near = rounded(value, decimals) if shown is None else shown
    written = _decimal(near)
    return written if near == value else f"{written} ({value})"


def _decimal(value: Fraction) -> str:
    """A number that has few decimals, without zeros at its end."""
    text = str(Decimal(value.numerator) / Decimal(value.denominator))
    return text.replace(".", ",") if language() == "id" else text


def word(name: str) -> str:
    """A state, or why an answer is not known, as people say it."""
    words = {
        "incomplete": say("incomplete"),
        "undefined": say("undefined"),
        "not_applicable": say("not applicable"),
        "refused": say("refused"),
        "dont_know": say("not known"),
        "left_out": say("left out"),
        "not_asked": say("not asked"),
    }
    return words[name]


def outcome(letter: str, *, counting: bool) -> str:
    """An outcome with its letter. counting: whether the index counts deprivations"""
    words = {
        "F": say("not deprived (F)") if counting else say("fulfilled (F)"),
        "U": say("deprived (U)") if counting else say("unfulfilled (U)"),
        "N": say("not applicable (N)"),
        "M": say("missing (M)"),
    }
    return words[letter]
