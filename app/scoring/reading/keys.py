"""Every key of an instrument file of format 2, by the table that it stands in."""

from collections.abc import Mapping
from typing import Final

LISTS: Final = (
    *("source", "option_list", "section", "roster", "question", "fact", "check"),
    *("index", "group", "indicator", "category", "case", "region_case"),
)
"""The lists of entries at the top of a file."""
_OF_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "choice": ("options", "specify"),
    "several": ("options", "specify", "alone", "maximum_chosen"),
    "integer": ("minimum", "maximum", "unit", "at_most"),
    "decimal": ("minimum", "maximum", "unit", "at_most", "digits"),
    "date": ("earliest", "latest"),
    "text": ("minimum", "maximum", "only"),
}
TYPES: Final = tuple(_OF_TYPE)
FORMULAS: Final = (
    *("sum", "smallest", "largest", "difference", "product", "quotient", "count", "total", "pick", "values", "class"),
    *("chosen", "first", "when", "months_since", "years_since", "days_since", "person"),
)
"""The kinds of a fact. Each has exactly one."""
CONDITIONS: Final = (
    *("equal", "in", "includes", "compare", "between", "answered", "given", "asked", "holds", "all", "any", "not"),
    *("some", "none", "every", "at_least", "at_most", "exactly"),
)
_ENTRY: Final = ("status", "sources")
_COMPLETE: Final = ("minimum_answered", "minimum_share", "maximum_missing", "required", "every_group")

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "file": (
        *("format", "code", "version", "status", "sources", "valid_from", "valid_to", "replaced_by", "languages"),
        *("title", "description", "breakdowns", "disclosure", "follows"),
        *LISTS,
    ),
    "disclosure": ("families", "base", "sensitive_base", "group"),
    "follows": ("version", "comparable", "note"),
    "source": ("code", "title", "url"),
    "option_list": ("code", "options"),
    "option": ("code", "text"),
    "section": ("code", "title", "read"),
    "roster": ("code", "name", "maximum", "rows", "ask_when", "people"),
    "question": (
        *("code", "type", "text", "hint", "section", "roster", "ask_when", "when_not_asked", "required", "sensitive"),
        *("same_as", "at_most", "options", "specify", "alone", "maximum_chosen", "minimum", "maximum", "unit"),
        *("digits", "earliest", "latest", "only"),
    ),
    "fact": ("code", "name", "roster", *FORMULAS),
    "check": ("code", "when", "text", "effect"),
    "index": (
        *("code", "name", "method", "combine", "scale", "decimals", "direction", "applies_when", "complete", "only"),
        *("cut_off", "about", "region"),
    ),
    "complete": _COMPLETE,
    "group": ("code", "name", "index", "parent", "weight", "combine", "complete", *_ENTRY),
    "indicator": (
        *("code", "name", "index", "group", "weight", "applies_when", "fulfilled_when", "deprived_when", "points"),
        *("reverse", "sensitive", "note", "about", *_ENTRY),
    ),
    "points": ("of", "options", "each", "ranges", "minimum", "maximum", "first", "least", "most"),
    "range": ("below", "points"),
    "category": ("code", "name", "index", "below", "up_to", "after", "when", *_ENTRY),
    "band": ("code", "name", "below", "up_to", *_ENTRY),
    "region": (
        *("headline", "share_of", "weigh_by", "scale", "decimals", "category", "minimum_families"),
        *("minimum_coverage", "weak"),
    ),
    "weak": ("below", "status", "sources"),
    "case": ("name", "base", "without", "interview", "answers", "working", "expect"),
    "region_case": ("families", "expect"),
    "term": ("value", "times"),
    "rows": ("roster", "where", "has"),
    "rows_count": ("roster", "where"),
    "rows_value": ("roster", "where", "value"),
    "values": ("of", "options"),
    "classes": ("of", "classes"),
    "class": ("code", "text", "below"),
    "first_value": ("when", "value"),
    "first_points": ("when", "points"),
}
WRITTEN_AS: Final[Mapping[str, str]] = {
    "option": "options = [{ code, text }]",
    "range": "ranges = [{ below, points }]",
    "band": "region.category",
    "weak": "region.weak",
    "term": "{ value, times }",
    "rows": "{ roster, where, has }",
    "rows_count": "count = { roster, where }",
    "rows_value": "{ roster, where, value }",
    "values": "values = { of, options }",
    "classes": "class = { of, classes }",
    "class": "classes = [{ code, text, below }]",
    "first_value": "first = [{ when, value }]",
    "first_points": "first = [{ when, points }]",
}
"""How an author writes a table whose name stands in no file."""


def wrong_type_keys(type: str) -> dict[str, tuple[str, ...]]:
    """The keys that questions of a type do not have, with the types that have them."""
    every = {key for keys in _OF_TYPE.values() for key in keys}
    return {
        key: tuple(each for each, keys in _OF_TYPE.items() if key in keys)
        for key in sorted(every)
        if key not in _OF_TYPE[type]
    }
