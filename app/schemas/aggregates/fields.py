"""The value of `fields`, which names the members that a row of a list gets beyond the usual ones."""

from typing import Final, Literal, cast, get_args

from app.problems import Fault, Problem, kinds

FieldName = Literal["parent", "dimensions", "categories", "indicators"]
"""A row has `region.parent` and `dimensions` in any case."""
FIELDS: Final[tuple[FieldName, ...]] = get_args(FieldName)
LARGE_FIELDS: Final[frozenset[FieldName]] = frozenset(("categories", "indicators"))
"""The fields that a row has only on request, because they make it many times as long."""
MOST_WITH_FIELDS: Final = 200
"""The largest `limit` of a page whose rows have large fields."""


def read_fields(text: str | None, limit: int | None = None) -> tuple[FieldName, ...]:
    """The fields in a text like `categories,indicators`. Raises the faults `unknown_field` and `too_large`.

    limit: the rows of the page, of which fewer are allowed with large fields
    """
    named = [] if text is None else [each.strip() for each in text.split(",")]
    if not set(named) <= set(FIELDS):
        limits = {"fields": ", ".join(FIELDS)}
        fault = Fault("unknown_field", parameter="fields", limits=limits, members={"available": FIELDS})
        raise Problem(kinds.FAULTS, faults=[fault])
    fields = cast("tuple[FieldName, ...]", tuple(dict.fromkeys(named)))
    if limit is not None and limit > MOST_WITH_FIELDS and LARGE_FIELDS & set(fields):
        most = {"maximum": MOST_WITH_FIELDS}
        raise Problem(kinds.FAULTS, faults=[Fault("too_large", parameter="limit", limits=most)])
    return fields
