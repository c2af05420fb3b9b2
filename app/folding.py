"""How texts are compared in searches: without regard to capitals, blanks, and the kinds of apostrophes and hyphens.

`fold` folds what somebody typed. The stored names are folded in SQL with the same two tables of characters.
"""

import unicodedata
from typing import Final

APOSTROPHES: Final = "\u2018\u2019\u201b\u02bb\u02bc\u02bd\u02b9\u02c8\u2032\u2035\uff07`\u00b4"
"""What keyboards, phones and office programs write for an apostrophe."""
HYPHENS: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
"""What they write for a hyphen."""
_PLAIN: Final = str.maketrans({**dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(HYPHENS, "-")})


def fold(text: str) -> str:
    """The text in small letters of Unicode NFKC, with plain apostrophes and hyphens and single blanks.

    Invisible characters are left out.
    """
    # Before NFKC, which takes an acute accent that stands alone apart into a blank and a mark.
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN)).lower()
    return " ".join("".join(each for each in plain if unicodedata.category(each) != "Cf").split())
